-- flagged: unbatched-write
DELETE FROM shop.log WHERE at < now() - interval '90 days';
