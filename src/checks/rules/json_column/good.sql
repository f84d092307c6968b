CREATE TABLE app.t (meta jsonb);
