-- not flagged: integer-column, table-without-primary-key
CREATE TEMPORARY TABLE work (id int);
