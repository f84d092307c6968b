-- flagged: char-column, varchar-limit, integer-column, smallint-column, serial-column, json-column, timestamp-without-time-zone, money-column
ALTER TABLE shop.item ADD a character(3)[], ADD b character varying(9), ADD c int, ADD d int2, ADD e bigserial, ADD f json, ADD g timestamp(3), ADD h money;
