CREATE DOMAIN app.price AS numeric;
