SELECT lo_create(n) FROM generate_series(4711, 4720) n;
GRANT SELECT ON LARGE OBJECT 4711 TO pg_monitor;
COMMENT ON LARGE OBJECT 4712 IS 'a contract, signed';
