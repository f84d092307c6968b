COMMENT ON TABLE app.users IS 'usеrs';
