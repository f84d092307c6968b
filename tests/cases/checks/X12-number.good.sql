CREATE TABLE app.x0x10 (id int DEFAULT 16, "0x10" text DEFAULT '0x10 1_000', f numeric DEFAULT 1e10, t1_000 bytea DEFAULT '\x10'); -- 0x10
