COMMENT ON TABLE app.t IS 'run `id` and see';
