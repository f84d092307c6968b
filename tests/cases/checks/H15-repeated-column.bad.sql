-- flagged: repeated-column
UPDATE shop.item SET (a, b) = (1, 2), a = 3 WHERE id = 1;
