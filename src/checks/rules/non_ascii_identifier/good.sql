COMMENT ON TABLE app.users IS 'größer';
