GRANT EXECUTE ON FUNCTION pg_catalog.pg_sleep(double precision) TO PUBLIC;
REVOKE SELECT ON pg_catalog.pg_authid FROM pg_monitor;
GRANT SELECT ON information_schema.tables TO PUBLIC;
GRANT USAGE ON LANGUAGE sql TO pg_monitor;
