UPDATE app.t SET a = 1 WHERE id OPERATOR(pg_catalog.=) 1;
