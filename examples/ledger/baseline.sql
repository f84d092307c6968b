-- A target before: the role that will own the ledger, and the one that applies changes.

DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'ledger_keeper') THEN
        CREATE ROLE ledger_keeper LOGIN;
        -- For the backup before the change.
        GRANT pg_read_all_data TO ledger_keeper;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'deploy') THEN
        CREATE ROLE deploy LOGIN;
    END IF;
    EXECUTE pg_catalog.format('GRANT CREATE ON DATABASE %I TO ledger_keeper', pg_catalog.current_database());
END $$;

CREATE SCHEMA shop AUTHORIZATION deploy;
SET ROLE deploy;
CREATE TABLE shop.item (id int PRIMARY KEY, name text NOT NULL);
