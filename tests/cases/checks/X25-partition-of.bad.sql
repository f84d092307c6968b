-- expect: outside-schema
CREATE TABLE app.p PARTITION OF other.t FOR VALUES FROM (1) TO (2);
