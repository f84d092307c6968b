INSERT INTO app.t (note) VALUES ('create table gx_t(a int) \gexec');
