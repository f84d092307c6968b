COMMENT ON TABLE app.t IS E'\\\\! id';
