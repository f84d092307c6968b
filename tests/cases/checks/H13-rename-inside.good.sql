-- not flagged: rename
ALTER INDEX shop.a RENAME TO b;
ALTER TABLE shop.item RENAME CONSTRAINT a TO b;
ALTER TRIGGER a ON shop.item RENAME TO b;
