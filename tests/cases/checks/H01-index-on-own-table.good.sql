-- not flagged: index-not-concurrent
CREATE TABLE shop.item (id bigint PRIMARY KEY, name text);
CREATE INDEX item_name_idx ON shop.item (name);
