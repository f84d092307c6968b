--- comment on access method
-->
COMMENT ON ACCESS METHOD am IS 'x';
--- comment on aggregate
-->
COMMENT ON AGGREGATE s.total(int) IS 'x';
--- comment on cast
-->
COMMENT ON CAST (text AS s.c) IS 'x';
--- comment on collation
-->
COMMENT ON COLLATION s.co IS 'x';
--- comment on column
-->
COMMENT ON COLUMN s.t.a IS 'x';
--- comment on constraint
-->
COMMENT ON CONSTRAINT b_positive ON s.t IS 'x';
--- comment on constraint
-->
COMMENT ON CONSTRAINT a_unique ON s.t IS 'x';
--- comment on constraint
-->
COMMENT ON CONSTRAINT d_positive ON DOMAIN s.d IS 'x';
--- comment on conversion
-->
COMMENT ON CONVERSION s.cv IS 'x';
--- comment on domain
-->
COMMENT ON DOMAIN s.d IS 'x';
--- comment on event trigger
-->
COMMENT ON EVENT TRIGGER et IS 'x';
--- comment on extension
-->
COMMENT ON EXTENSION plpgsql IS 'x';
--- comment on foreign data wrapper
-->
COMMENT ON FOREIGN DATA WRAPPER w IS 'x';
--- comment on foreign table
-->
COMMENT ON FOREIGN TABLE s.ft IS 'x';
--- comment on function
-->
COMMENT ON FUNCTION s.f(int) IS 'x';
--- comment on index
-->
COMMENT ON INDEX s.t_b IS 'x';
--- comment on language
-->
COMMENT ON LANGUAGE l IS 'x';
--- comment on large object
-->
COMMENT ON LARGE OBJECT 4711 IS 'x';
--- comment on materialized view
-->
COMMENT ON MATERIALIZED VIEW s.m IS 'x';
--- comment on operator
-->
COMMENT ON OPERATOR s.=== (int, int) IS 'x';
--- comment on operator class
-->
COMMENT ON OPERATOR CLASS s.oc USING btree IS 'x';
--- comment on operator family
-->
COMMENT ON OPERATOR FAMILY s.of USING btree IS 'x';
--- comment on policy
-->
COMMENT ON POLICY po ON s.t IS 'x';
--- comment on procedure
-->
COMMENT ON PROCEDURE s.pr() IS 'x';
--- comment on publication
-->
COMMENT ON PUBLICATION pub IS 'x';
--- comment on routine
-->
COMMENT ON ROUTINE s.pr() IS 'x';
--- comment on rule
-->
COMMENT ON RULE ru ON s.t IS 'x';
--- comment on schema
-->
COMMENT ON SCHEMA s IS 'x';
--- comment on sequence
-->
COMMENT ON SEQUENCE s.q IS 'x';
--- comment on server
-->
COMMENT ON SERVER sv IS 'x';
--- comment on statistics
-->
COMMENT ON STATISTICS s.st IS 'x';
--- comment on subscription
-->
COMMENT ON SUBSCRIPTION sub IS 'x';
--- comment on table
-->
COMMENT ON TABLE s.t IS 'x';
--- comment on text search configuration
-->
COMMENT ON TEXT SEARCH CONFIGURATION s.tc IS 'x';
--- comment on text search dictionary
-->
COMMENT ON TEXT SEARCH DICTIONARY s.td IS 'x';
--- comment on text search parser
-->
COMMENT ON TEXT SEARCH PARSER s.tp IS 'x';
--- comment on text search template
-->
COMMENT ON TEXT SEARCH TEMPLATE s.tt IS 'x';
--- comment on transform for
-->
COMMENT ON TRANSFORM FOR int LANGUAGE sql IS 'x';
--- comment on trigger
-->
COMMENT ON TRIGGER tr ON s.t IS 'x';
--- comment on type
-->
COMMENT ON TYPE s.e IS 'x';
--- comment on view
-->
COMMENT ON VIEW s.v IS 'x';
--- a comment on the database
-->
COMMENT ON DATABASE {database} IS 'x';
--- a comment on a column of a composite type
-->
COMMENT ON COLUMN s.c.x IS 'x';
--- a comment on the index behind a key
-->
COMMENT ON INDEX s.a_unique IS 'x';
