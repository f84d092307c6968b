UPDATE app.pg_class SET relname = 'x' WHERE id = 1;
