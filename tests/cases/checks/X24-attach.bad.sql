-- expect: outside-schema
ALTER TABLE app.t ATTACH PARTITION other.p FOR VALUES FROM (1) TO (2);
