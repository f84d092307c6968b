-- flagged: unbatched-write
UPDATE shop.item SET state = 'new' WHERE state IS NULL;
