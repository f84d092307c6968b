-- flagged: unbatched-write
DELETE FROM shop.item WHERE id IN (SELECT item_id FROM shop.gone);
