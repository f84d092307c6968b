-- expect: dynamic-sql
CREATE VIEW app.x AS SELECT query_to_xml('select 1', true, true, '');
