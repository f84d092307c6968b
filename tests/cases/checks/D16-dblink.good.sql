INSERT INTO app.t (note) VALUES ('dblink_exec(''x'', ''create table escaped()'')');
