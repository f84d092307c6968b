COMMENT ON TABLE app.t IS $$
\i other.sql
$$;
