CREATE DOMAIN app.price AS numeric CHECK (VALUE > 0);
