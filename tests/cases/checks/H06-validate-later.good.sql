-- not flagged: validate-in-same-transaction, add-foreign-key-without-not-valid
ALTER TABLE shop.item ADD CONSTRAINT item_f FOREIGN KEY (maker) REFERENCES shop.maker (id) NOT VALID;
ALTER TABLE shop.item VALIDATE CONSTRAINT item_f;
