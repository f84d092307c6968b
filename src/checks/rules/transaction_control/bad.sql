BEGIN;
CREATE TABLE app.t (id int);
COMMIT;
CREATE TABLE app.u (id int);
