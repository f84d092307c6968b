CREATE TABLE app.t (country text);
