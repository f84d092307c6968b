-- expect: dynamic-sql, opaque
CREATE TABLE app.x AS SELECT * FROM ts_stat('select to_tsvector(evil(22)::text)');
