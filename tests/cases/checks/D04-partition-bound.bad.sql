-- expect: opaque
CREATE TABLE app.p1 PARTITION OF app.p FOR VALUES FROM (evil(13)) TO (100);
