-- expect: opaque
CREATE PROCEDURE app.f() LANGUAGE plpgsql AS $$ begin call app.evil(); commit; end $$;
-- contract: CREATE PROCEDURE
