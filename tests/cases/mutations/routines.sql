--- a function
-->
CREATE FUNCTION s.new() RETURNS int LANGUAGE sql AS 'SELECT 1';
--- a body of a function
-->
CREATE OR REPLACE FUNCTION s.f(x int) RETURNS int LANGUAGE sql AS 'SELECT 2';
--- a default of an argument
-->
CREATE OR REPLACE FUNCTION s.f(x int DEFAULT 3) RETURNS int LANGUAGE sql AS 'SELECT 1';
--- a language of a function
-->
CREATE OR REPLACE FUNCTION s.f(x int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';
--- a type that a function transforms
-->
CREATE OR REPLACE FUNCTION s.f(x int) RETURNS int TRANSFORM FOR TYPE int LANGUAGE sql AS 'SELECT 1';
--- volatility
-->
ALTER FUNCTION s.f(int) STABLE;
--- strictness
-->
ALTER FUNCTION s.f(int) STRICT;
--- the one as whom a function runs
-->
ALTER FUNCTION s.f(int) SECURITY DEFINER;
--- leaks
-->
ALTER FUNCTION s.f(int) LEAKPROOF;
--- a cost
-->
ALTER FUNCTION s.f(int) COST 7;
--- rows of a function
-->
ALTER FUNCTION s.fs(int) ROWS 7;
--- parallel workers
-->
ALTER FUNCTION s.f(int) PARALLEL SAFE;
--- a support function
-->
ALTER FUNCTION s.f(int) SUPPORT generate_series_int4_support;
--- a setting of a function
-->
ALTER FUNCTION s.f(int) SET work_mem = '1MB';
--- a setting of a function that goes
ALTER FUNCTION s.f(int) SET work_mem = '1MB';
-->
ALTER FUNCTION s.f(int) RESET ALL;
--- a name of a function
-->
ALTER FUNCTION s.f(int) RENAME TO new;
--- an owner of a function
-->
ALTER FUNCTION s.f(int) OWNER TO ann;
--- a schema of a function
-->
ALTER FUNCTION s.f(int) SET SCHEMA z;
--- a function that depends on an extension
-->
ALTER FUNCTION s.f(int) DEPENDS ON EXTENSION plpgsql;
--- a dropped function
-->
DROP FUNCTION s.f(int);
--- a procedure
-->
CREATE PROCEDURE s.new() LANGUAGE sql AS 'SELECT 1';
--- the one as whom a procedure runs
-->
ALTER PROCEDURE s.pr() SECURITY DEFINER;
--- a name of a procedure
-->
ALTER PROCEDURE s.pr() RENAME TO new;
--- an owner of a procedure
-->
ALTER PROCEDURE s.pr() OWNER TO ann;
--- a schema of a procedure
-->
ALTER PROCEDURE s.pr() SET SCHEMA z;
--- a procedure that depends on an extension
-->
ALTER PROCEDURE s.pr() DEPENDS ON EXTENSION plpgsql;
--- a dropped procedure
-->
DROP PROCEDURE s.pr();
--- the one as whom a routine runs
-->
ALTER ROUTINE s.pr() SECURITY DEFINER;
--- a name of a routine
-->
ALTER ROUTINE s.pr() RENAME TO new;
--- an owner of a routine
-->
ALTER ROUTINE s.pr() OWNER TO ann;
--- a schema of a routine
-->
ALTER ROUTINE s.pr() SET SCHEMA z;
--- a routine that depends on an extension
-->
ALTER ROUTINE s.pr() DEPENDS ON EXTENSION plpgsql;
--- a dropped routine
-->
DROP ROUTINE s.pr();
--- an aggregate
-->
CREATE AGGREGATE s.new(int) (SFUNC = int4pl, STYPE = int);
--- an initial value of an aggregate
-->
CREATE OR REPLACE AGGREGATE s.total(int) (SFUNC = int4pl, STYPE = int, INITCOND = '0');
--- a parallel aggregate
-->
CREATE OR REPLACE AGGREGATE s.total(int) (SFUNC = int4pl, STYPE = int, COMBINEFUNC = int4pl, PARALLEL = safe);
--- a name of an aggregate
-->
ALTER AGGREGATE s.total(int) RENAME TO new;
--- an owner of an aggregate
-->
ALTER AGGREGATE s.total(int) OWNER TO ann;
--- a schema of an aggregate
-->
ALTER AGGREGATE s.total(int) SET SCHEMA z;
--- a dropped aggregate
-->
DROP AGGREGATE s.total(int);
--- a language
-->
CREATE LANGUAGE new HANDLER plpgsql_call_handler;
--- a trusted language
-->
CREATE OR REPLACE TRUSTED LANGUAGE l HANDLER plpgsql_call_handler;
--- a name of a language
-->
ALTER LANGUAGE l RENAME TO new;
--- an owner of a language
-->
ALTER LANGUAGE l OWNER TO bob;
--- a dropped language
-->
DROP LANGUAGE l;
--- a transform
DROP TRANSFORM FOR int LANGUAGE sql;
-->
CREATE TRANSFORM FOR int LANGUAGE sql (TO SQL WITH FUNCTION int4recv(internal));
--- a function of a transform
-->
CREATE OR REPLACE TRANSFORM FOR int LANGUAGE sql (TO SQL WITH FUNCTION int4recv(internal));
--- a dropped transform
-->
DROP TRANSFORM FOR int LANGUAGE sql;
--- a cast
-->
CREATE CAST (text AS s.e) WITH INOUT;
--- a dropped cast
-->
DROP CAST (text AS s.c);
--- how far a cast goes by itself
-->
DROP CAST (text AS s.c); CREATE CAST (text AS s.c) WITH INOUT AS ASSIGNMENT;
--- an operator
-->
CREATE OPERATOR s.!=== (FUNCTION = int4ne, LEFTARG = int, RIGHTARG = int);
--- an estimator of an operator
-->
ALTER OPERATOR s.=== (int, int) SET (RESTRICT = eqsel);
--- a commutator [since 17]
-->
ALTER OPERATOR s.=== (int, int) SET (COMMUTATOR = OPERATOR(s.===));
--- an operator that merges [since 17]
-->
ALTER OPERATOR s.=== (int, int) SET (MERGES);
--- an owner of an operator
-->
ALTER OPERATOR s.=== (int, int) OWNER TO ann;
--- a schema of an operator
-->
ALTER OPERATOR s.=== (int, int) SET SCHEMA z;
--- a dropped operator
-->
DROP OPERATOR s.=== (int, int);
--- an operator class
-->
CREATE OPERATOR CLASS s.new FOR TYPE bigint USING btree AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =,
    OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 btint8cmp(bigint, bigint);
--- a name of an operator class
-->
ALTER OPERATOR CLASS s.oc USING btree RENAME TO new;
--- an owner of an operator class
-->
ALTER OPERATOR CLASS s.oc USING btree OWNER TO ann;
--- a schema of an operator class
-->
ALTER OPERATOR CLASS s.oc USING btree SET SCHEMA z;
--- a dropped operator class
-->
DROP OPERATOR CLASS s.oc USING btree;
--- an operator family
-->
CREATE OPERATOR FAMILY s.new USING hash;
--- an operator of a family
-->
ALTER OPERATOR FAMILY s.of USING btree ADD OPERATOR 1 < (int, bigint);
--- a function of a family
-->
ALTER OPERATOR FAMILY s.of USING btree ADD FUNCTION 1 (int, bigint) btint48cmp(int, bigint);
--- an operator of a family that goes
ALTER OPERATOR FAMILY s.of USING btree ADD OPERATOR 1 < (int, bigint);
-->
ALTER OPERATOR FAMILY s.of USING btree DROP OPERATOR 1 (int, bigint);
--- a name of an operator family
-->
ALTER OPERATOR FAMILY s.of USING btree RENAME TO new;
--- an owner of an operator family
-->
ALTER OPERATOR FAMILY s.of USING btree OWNER TO ann;
--- a schema of an operator family
-->
ALTER OPERATOR FAMILY s.of USING btree SET SCHEMA z;
--- a dropped operator family
-->
DROP OPERATOR FAMILY s.of USING btree CASCADE;
--- an access method
-->
CREATE ACCESS METHOD new TYPE INDEX HANDLER bthandler;
--- a dropped access method
-->
DROP ACCESS METHOD am;
--- a conversion
-->
CREATE CONVERSION s.new FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
--- a conversion that stands for its encodings
DROP CONVERSION s.cv;
-->
CREATE DEFAULT CONVERSION s.cv FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
--- a name of a conversion
-->
ALTER CONVERSION s.cv RENAME TO new;
--- an owner of a conversion
-->
ALTER CONVERSION s.cv OWNER TO ann;
--- a schema of a conversion
-->
ALTER CONVERSION s.cv SET SCHEMA z;
--- a dropped conversion
-->
DROP CONVERSION s.cv;
--- an event trigger
-->
CREATE EVENT TRIGGER new ON sql_drop WHEN TAG IN ('DROP CONVERSION') EXECUTE FUNCTION s.ef();
--- an event trigger that is off
-->
ALTER EVENT TRIGGER et DISABLE;
--- an event trigger for replicas
-->
ALTER EVENT TRIGGER et ENABLE REPLICA;
--- an event trigger that always fires
-->
ALTER EVENT TRIGGER et ENABLE ALWAYS;
--- a name of an event trigger
-->
ALTER EVENT TRIGGER et RENAME TO new;
--- a dropped event trigger
-->
DROP EVENT TRIGGER et;
--- a text search parser
-->
CREATE TEXT SEARCH PARSER s.new (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype);
--- a name of a text search parser
-->
ALTER TEXT SEARCH PARSER s.tp RENAME TO new;
--- a schema of a text search parser
-->
ALTER TEXT SEARCH PARSER s.tp SET SCHEMA z;
--- a dropped text search parser
DROP TEXT SEARCH CONFIGURATION s.tc;
-->
DROP TEXT SEARCH PARSER s.tp;
--- a text search template
-->
CREATE TEXT SEARCH TEMPLATE s.new (LEXIZE = dsimple_lexize);
--- a name of a text search template
-->
ALTER TEXT SEARCH TEMPLATE s.tt RENAME TO new;
--- a schema of a text search template
-->
ALTER TEXT SEARCH TEMPLATE s.tt SET SCHEMA z;
--- a dropped text search template
-->
DROP TEXT SEARCH TEMPLATE s.tt CASCADE;
--- a text search dictionary
-->
CREATE TEXT SEARCH DICTIONARY s.new (TEMPLATE = s.tt);
--- options of a text search dictionary
-->
ALTER TEXT SEARCH DICTIONARY s.td (accept = false);
--- a name of a text search dictionary
-->
ALTER TEXT SEARCH DICTIONARY s.td RENAME TO new;
--- an owner of a text search dictionary
-->
ALTER TEXT SEARCH DICTIONARY s.td OWNER TO ann;
--- a schema of a text search dictionary
-->
ALTER TEXT SEARCH DICTIONARY s.td SET SCHEMA z;
--- a dropped text search dictionary
-->
DROP TEXT SEARCH DICTIONARY s.td CASCADE;
--- a text search configuration
-->
CREATE TEXT SEARCH CONFIGURATION s.new (COPY = english);
--- a mapping of a text search configuration
-->
ALTER TEXT SEARCH CONFIGURATION s.tc ADD MAPPING FOR email WITH s.td;
--- another mapping of a text search configuration
-->
ALTER TEXT SEARCH CONFIGURATION s.tc ALTER MAPPING REPLACE s.td WITH simple;
--- another mapping of a token
-->
ALTER TEXT SEARCH CONFIGURATION s.tc ALTER MAPPING FOR word WITH simple;
--- a mapping that goes
-->
ALTER TEXT SEARCH CONFIGURATION s.tc DROP MAPPING FOR word;
--- a name of a text search configuration
-->
ALTER TEXT SEARCH CONFIGURATION s.tc RENAME TO new;
--- an owner of a text search configuration
-->
ALTER TEXT SEARCH CONFIGURATION s.tc OWNER TO ann;
--- a schema of a text search configuration
-->
ALTER TEXT SEARCH CONFIGURATION s.tc SET SCHEMA z;
--- a dropped text search configuration
-->
DROP TEXT SEARCH CONFIGURATION s.tc;
