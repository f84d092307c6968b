-- flagged: table-rewrite
VACUUM FULL shop.item;
