CREATE TABLE app.mood (name text PRIMARY KEY);
