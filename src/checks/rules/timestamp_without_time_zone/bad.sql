CREATE TABLE app.t (at timestamp);
