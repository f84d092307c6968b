-- flagged: missing-timeouts
SET lock_timeout = '2s';
ALTER TABLE shop.item ADD COLUMN note text;
RESET lock_timeout;
ALTER TABLE shop.maker ADD COLUMN note text;
