TRUNCATE app.t;
