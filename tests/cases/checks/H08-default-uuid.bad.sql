-- flagged: volatile-default-rewrite
ALTER TABLE shop.item ADD COLUMN key uuid DEFAULT gen_random_uuid();
