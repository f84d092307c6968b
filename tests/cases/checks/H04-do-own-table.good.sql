-- not flagged: index-not-concurrent
DO $$
BEGIN
  CREATE TABLE shop.item (id bigint PRIMARY KEY, name text);
  CREATE INDEX i ON shop.item (name);
END $$;
