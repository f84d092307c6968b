UPDATE app.t SET state = 'new' WHERE state IS NULL AND id BETWEEN 1 AND 5000;
