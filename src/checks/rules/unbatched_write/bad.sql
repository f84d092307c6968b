UPDATE app.t SET state = 'new' WHERE state IS NULL;
