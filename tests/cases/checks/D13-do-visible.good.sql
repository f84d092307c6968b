-- contract: DO
DO $$ begin if not exists (select from pg_catalog.pg_tables where tablename = 'd') then create table app.d (id int); end if; end $$;
