-- not flagged: foreign-key-without-index
CREATE TABLE shop.part (item bigint REFERENCES shop.item (id), maker bigint, PRIMARY KEY (item, maker));
ALTER TABLE shop.part ADD FOREIGN KEY (maker, item) REFERENCES shop.made (maker, item) NOT VALID;
