-- not flagged: volatile-default-rewrite
ALTER TABLE shop.item ADD COLUMN a timestamptz DEFAULT now();
ALTER TABLE shop.item ADD COLUMN b text[] DEFAULT '{}';
ALTER TABLE shop.item ADD COLUMN c bigint DEFAULT 1 + 2;
ALTER TABLE shop.item ADD COLUMN d bigint GENERATED ALWAYS AS (c * 2) VIRTUAL;
