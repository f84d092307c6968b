-- expect: dynamic-sql
CREATE FUNCTION app.f() RETURNS SETOF int LANGUAGE plpgsql AS $$ begin return query execute 'select 1'; end $$;
