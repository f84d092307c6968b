COMMENT ON TABLE app.t IS E'x\\';
