-- not flagged: unbatched-write
UPDATE shop.item SET state = 'new' WHERE id > 1000 AND id <= 2000 AND state IS NULL;
