COMMENT ON TABLE app.t IS '^\d+$';
