INSERT INTO app.t (note) VALUES (U&'one\2028two');
