-- flagged: index-not-concurrent
CREATE INDEX item_name_idx ON shop.item (name);
CREATE TABLE shop.item (id bigint PRIMARY KEY, name text);
