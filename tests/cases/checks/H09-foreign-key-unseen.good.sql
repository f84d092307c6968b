-- not flagged: foreign-key-without-index
ALTER TABLE shop.part ADD FOREIGN KEY (item) REFERENCES shop.item (id) NOT VALID;
