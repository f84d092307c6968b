-- not flagged: index-not-concurrent
CREATE SCHEMA shop CREATE TABLE item (id bigint PRIMARY KEY);
CREATE INDEX item_idx ON shop.item (id);
