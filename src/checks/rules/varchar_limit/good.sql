CREATE TABLE app.t (title text, short varchar);
