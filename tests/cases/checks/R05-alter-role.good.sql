UPDATE app.t SET note = 'ALTER ROLE x SET search_path' WHERE id = 1;
