COMMENT ON TABLE app.t IS 'x\''; CREATE SCHEMA evil; --';
