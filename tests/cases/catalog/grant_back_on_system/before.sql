REVOKE EXECUTE ON FUNCTION pg_catalog.pg_sleep(double precision) FROM PUBLIC;
GRANT SELECT ON pg_catalog.pg_authid TO pg_monitor;
REVOKE SELECT ON information_schema.tables FROM PUBLIC;
REVOKE USAGE ON LANGUAGE sql FROM PUBLIC;
