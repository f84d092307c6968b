INSERT INTO app.t (note) VALUES ('query_to_xml(''select 1'')');
