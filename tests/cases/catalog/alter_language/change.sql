CREATE OR REPLACE LANGUAGE mine HANDLER pg_catalog.plpgsql_call_handler; ALTER LANGUAGE mine RENAME TO yours;
