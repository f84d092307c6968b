-- flagged: nested-transaction
CREATE TABLE shop.item (id bigint PRIMARY KEY);
COMMIT;
