DROP TABLE app.t;
