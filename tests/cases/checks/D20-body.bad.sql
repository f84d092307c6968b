-- expect: dynamic-sql
CREATE FUNCTION app.f() RETURNS int LANGUAGE plpgsql AS $$ begin if current_database() = 'x' then execute 'drop table t'; end if; return 1; end $$;
