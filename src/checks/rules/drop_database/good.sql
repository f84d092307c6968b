DROP TABLE app.old;
