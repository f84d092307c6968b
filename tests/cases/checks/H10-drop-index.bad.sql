-- flagged: drop-index-not-concurrent
DROP INDEX shop.a, shop.b;
