-- expect: number-syntax
CREATE TABLE app.t (id int DEFAULT 0x10);
