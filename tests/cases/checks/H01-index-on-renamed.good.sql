-- not flagged: index-not-concurrent, set-not-null
CREATE TABLE shop.item (id bigint PRIMARY KEY, name text);
ALTER TABLE shop.item RENAME TO thing;
CREATE INDEX thing_name_idx ON shop.thing (name);
ALTER TABLE shop.thing ALTER COLUMN name SET NOT NULL;
