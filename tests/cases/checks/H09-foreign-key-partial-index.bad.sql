-- flagged: foreign-key-without-index
CREATE TABLE shop.part (id bigint PRIMARY KEY, item bigint REFERENCES shop.item (id));
CREATE INDEX part_item_idx ON shop.part (item) WHERE item > 0;
