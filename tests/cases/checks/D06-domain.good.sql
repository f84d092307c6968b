CREATE DOMAIN app.d AS int CHECK (value > 0);
