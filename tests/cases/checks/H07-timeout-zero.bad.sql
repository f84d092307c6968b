-- flagged: missing-timeouts, missing-statement-timeout
SET lock_timeout = 0;
SET statement_timeout TO DEFAULT;
ALTER TABLE shop.item ADD COLUMN note text;
