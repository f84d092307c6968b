-- flagged: unbatched-write
UPDATE shop.item SET maker = m.name FROM shop.maker AS m WHERE item.maker_id = m.id;
