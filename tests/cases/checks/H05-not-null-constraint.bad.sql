-- flagged: set-not-null
ALTER TABLE shop.item ADD CONSTRAINT item_n NOT NULL name;
