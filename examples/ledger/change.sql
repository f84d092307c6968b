-- Where the target itself remembers which warrants were used: then no second host can use one again.
-- The roles are this example's: ledger_keeper owns the table, deploy applies changes and may add to it, not take away.

BEGIN;

CREATE SCHEMA pgwarrant;

CREATE TABLE pgwarrant.used_nonce (
    nonce text NOT NULL,
    package text NOT NULL,
    run text NOT NULL,
    used_at timestamptz NOT NULL,
    CONSTRAINT used_nonce_pkey PRIMARY KEY (nonce)
);

COMMENT ON TABLE pgwarrant.used_nonce IS 'one row for each warrant that was used here, added by pgwarrant and never removed';

GRANT USAGE ON SCHEMA pgwarrant TO deploy;
GRANT SELECT, INSERT ON TABLE pgwarrant.used_nonce TO deploy;

COMMIT;
