-- not flagged: table-rewrite
VACUUM ANALYZE shop.item;
VACUUM (FULL off) shop.item;
