CREATE TABLE app.t (price numeric);
