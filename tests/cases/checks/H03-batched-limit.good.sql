-- not flagged: unbatched-write, every-row-written
WITH some AS (SELECT id FROM shop.item WHERE state IS NULL LIMIT 1000)
UPDATE shop.item SET state = 'new' FROM some WHERE item.id = some.id;
