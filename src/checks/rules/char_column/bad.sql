CREATE TABLE app.t (country char(2));
