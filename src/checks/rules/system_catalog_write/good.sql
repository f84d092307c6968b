UPDATE app.pg_like SET name = 'x' WHERE name = 'y';
