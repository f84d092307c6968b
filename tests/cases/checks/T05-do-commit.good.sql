COMMENT ON TABLE app.t IS 'DO $$ begin commit; end $$';
