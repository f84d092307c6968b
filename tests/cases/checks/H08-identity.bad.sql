-- flagged: volatile-default-rewrite
ALTER TABLE shop.item ADD COLUMN key bigint GENERATED ALWAYS AS IDENTITY;
