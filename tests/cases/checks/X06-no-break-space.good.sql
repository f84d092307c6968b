COMMENT ON TABLE app.t IS 'a b';
