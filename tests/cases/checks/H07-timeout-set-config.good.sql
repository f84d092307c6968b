-- not flagged: missing-timeouts
SELECT set_config('lock_timeout', '2s', false);
ALTER TABLE shop.item ADD COLUMN note text;
