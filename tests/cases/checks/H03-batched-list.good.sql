-- not flagged: unbatched-write
DELETE FROM shop.item WHERE id IN (1, 2, 3);
DELETE FROM shop.item WHERE id = ANY (ARRAY[4, 5]);
UPDATE shop.item SET state = 'x' WHERE id = 7;
