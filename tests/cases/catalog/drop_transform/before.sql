CREATE TRUSTED LANGUAGE mine HANDLER pg_catalog.plpgsql_call_handler;
CREATE TRANSFORM FOR int LANGUAGE mine (FROM SQL WITH FUNCTION prsd_lextype(internal), TO SQL WITH FUNCTION int4recv(internal)); COMMENT ON TRANSFORM FOR int LANGUAGE mine IS 'x';
