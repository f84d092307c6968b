-- flagged: validate-in-same-transaction
SET LOCAL lock_timeout = '2s';
ALTER TABLE shop.item ADD CONSTRAINT item_f FOREIGN KEY (maker) REFERENCES shop.maker (id) NOT VALID;
ALTER TABLE shop.item VALIDATE CONSTRAINT item_f;
