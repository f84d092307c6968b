-- expect: opaque
-- contract: DO
DO $$ declare c cursor for select app.evil(1); begin for r in c loop null; end loop; end $$;
