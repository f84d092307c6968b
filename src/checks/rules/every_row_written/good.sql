UPDATE app.t SET c = 'x' WHERE c IS NULL;
