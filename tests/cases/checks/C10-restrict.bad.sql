-- expect: meta-command
\restrict k
CREATE TABLE app.t (id int);
\unrestrict `id`
