-- expect: outside-schema
-- contract: DO
DO $$ begin for i in 1..3 loop delete from secret.t where id = i; end loop; end $$;
