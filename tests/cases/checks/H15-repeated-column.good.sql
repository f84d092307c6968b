-- not flagged: repeated-column
CREATE VIEW shop.v (a, b) AS SELECT 1 AS x, 2 AS x;
INSERT INTO shop.item (a.x, a.y) VALUES (1, 2);
SELECT 1 AS a, 2 AS a;
