-- not flagged: char-column, varchar-limit, integer-column, smallint-column, serial-column, json-column, timestamp-without-time-zone, money-column
CREATE TABLE shop.item (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a text, b varchar, c timestamptz, d jsonb, e numeric, f date, g uuid, h boolean, i double precision);
