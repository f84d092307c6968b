REVOKE EXECUTE ON FUNCTION pg_catalog.pg_sleep(double precision) FROM PUBLIC;
REVOKE USAGE ON TYPE pg_catalog.point FROM PUBLIC;
REVOKE SELECT ON information_schema.tables FROM PUBLIC;
GRANT CREATE ON SCHEMA information_schema TO pg_monitor;
