-- not flagged: index-not-concurrent
SELECT id, name INTO shop.copy FROM shop.item;
CREATE INDEX copy_idx ON shop.copy (name);
