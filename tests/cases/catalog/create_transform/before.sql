CREATE TRUSTED LANGUAGE mine HANDLER pg_catalog.plpgsql_call_handler;
