BEGIN;
CREATE TABLE app.t (id int);
CREATE TABLE app.u (id int);
COMMIT;
