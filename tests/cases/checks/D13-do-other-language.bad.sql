-- expect: function-language, opaque
-- contract: DO
DO LANGUAGE plperl $$ 1 $$;
