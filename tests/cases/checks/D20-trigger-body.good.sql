CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed boolean := false;
BEGIN
    changed := NEW IS DISTINCT FROM OLD;
    IF changed THEN
        NEW.updated_at := now();
        INSERT INTO app.log (at) VALUES (clock_timestamp());
    END IF;
    RETURN NEW;
END
$$;
