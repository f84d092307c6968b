--- a schema
-->
CREATE SCHEMA new;
--- a name of a schema
-->
ALTER SCHEMA z RENAME TO new;
--- an owner of a schema
-->
ALTER SCHEMA z OWNER TO ann;
--- a dropped schema
-->
DROP SCHEMA z;
--- a schema of the server's that users drop
-->
DROP SCHEMA public;
--- an extension
DROP EXTENSION plpgsql CASCADE;
-->
CREATE EXTENSION plpgsql;
--- a member of an extension
-->
ALTER EXTENSION plpgsql ADD FUNCTION s.f(int);
--- a member of an extension that goes
ALTER EXTENSION plpgsql ADD FUNCTION s.f(int);
-->
ALTER EXTENSION plpgsql DROP FUNCTION s.f(int);
--- a dropped extension
-->
DROP EXTENSION plpgsql CASCADE;
--- a foreign-data wrapper
-->
CREATE FOREIGN DATA WRAPPER new OPTIONS (x 'y');
--- options of a foreign-data wrapper
-->
ALTER FOREIGN DATA WRAPPER w OPTIONS (ADD x 'y');
--- a validator of a foreign-data wrapper
-->
ALTER FOREIGN DATA WRAPPER w VALIDATOR postgresql_fdw_validator;
--- a name of a foreign-data wrapper
-->
ALTER FOREIGN DATA WRAPPER w RENAME TO new;
--- an owner of a foreign-data wrapper
CREATE ROLE boss SUPERUSER;
-->
ALTER FOREIGN DATA WRAPPER w OWNER TO boss;
--- a dropped foreign-data wrapper
-->
DROP FOREIGN DATA WRAPPER w CASCADE;
--- a server
-->
CREATE SERVER new TYPE 'a' VERSION '1' FOREIGN DATA WRAPPER w;
--- a version of a server
-->
ALTER SERVER sv VERSION '2';
--- options of a server
-->
ALTER SERVER sv OPTIONS (ADD x 'y');
--- a name of a server
-->
ALTER SERVER sv RENAME TO new;
--- an owner of a server
GRANT USAGE ON FOREIGN DATA WRAPPER w TO ann;
-->
ALTER SERVER sv OWNER TO ann;
--- a dropped server
-->
DROP SERVER sv CASCADE;
--- a user mapping
-->
CREATE USER MAPPING FOR bob SERVER sv;
--- options of a user mapping
-->
ALTER USER MAPPING FOR ann SERVER sv OPTIONS (SET username 'other');
--- a dropped user mapping
-->
DROP USER MAPPING FOR ann SERVER sv;
--- a publication
-->
CREATE PUBLICATION new;
--- a publication of everything
-->
CREATE PUBLICATION new FOR ALL TABLES;
--- a table of a publication
-->
ALTER PUBLICATION pub ADD TABLE s.t;
--- a schema of a publication [since 15]
-->
ALTER PUBLICATION pub ADD TABLES IN SCHEMA z;
--- rows of a publication [since 15]
-->
ALTER PUBLICATION pub SET TABLE s.p2 WHERE (k > 5);
--- columns of a publication [since 15]
-->
ALTER PUBLICATION pub SET TABLE s.p2 (k);
--- a table of a publication that goes
-->
ALTER PUBLICATION pub DROP TABLE s.p2;
--- options of a publication
-->
ALTER PUBLICATION pub SET (publish = 'insert');
--- a name of a publication
-->
ALTER PUBLICATION pub RENAME TO new;
--- a dropped publication
-->
DROP PUBLICATION pub;
--- a subscription
-->
CREATE SUBSCRIPTION new CONNECTION 'host=nowhere' PUBLICATION pub WITH (connect = false);
--- options of a subscription
-->
ALTER SUBSCRIPTION sub SET (synchronous_commit = 'local');
--- a connection of a subscription
-->
ALTER SUBSCRIPTION sub CONNECTION 'host=elsewhere';
--- publications of a subscription
-->
ALTER SUBSCRIPTION sub SET PUBLICATION other WITH (refresh = false);
--- a publication of a subscription
-->
ALTER SUBSCRIPTION sub ADD PUBLICATION other WITH (refresh = false);
--- a publication of a subscription that goes
ALTER SUBSCRIPTION sub ADD PUBLICATION other WITH (refresh = false);
-->
ALTER SUBSCRIPTION sub DROP PUBLICATION other WITH (refresh = false);
--- a subscription that runs
ALTER SUBSCRIPTION sub SET (slot_name = sub);
-->
ALTER SUBSCRIPTION sub ENABLE;
--- a name of a subscription
-->
ALTER SUBSCRIPTION sub RENAME TO new;
--- an owner of a subscription
CREATE ROLE boss SUPERUSER;
-->
ALTER SUBSCRIPTION sub OWNER TO boss;
--- a dropped subscription
-->
DROP SUBSCRIPTION sub;
--- privileges on a table
-->
GRANT SELECT ON s.t TO ann;
--- privileges on a column
-->
GRANT SELECT (a) ON s.t TO ann;
--- privileges that may be passed on
GRANT SELECT ON s.t TO ann;
-->
GRANT SELECT ON s.t TO ann WITH GRANT OPTION;
--- privileges that go
GRANT SELECT ON s.t TO ann;
-->
REVOKE SELECT ON s.t FROM ann;
--- privileges of the owner that go
-->
REVOKE INSERT ON s.t FROM CURRENT_USER;
--- privileges on a sequence
-->
GRANT USAGE ON SEQUENCE s.q TO ann;
--- privileges on a function
-->
REVOKE EXECUTE ON FUNCTION s.f(int) FROM PUBLIC;
--- privileges on a procedure
-->
GRANT EXECUTE ON PROCEDURE s.pr() TO ann;
--- privileges on a routine
-->
GRANT EXECUTE ON ROUTINE s.pr() TO ann;
--- privileges on a schema
-->
GRANT USAGE ON SCHEMA s TO ann;
--- privileges on all tables of a schema
-->
GRANT SELECT ON ALL TABLES IN SCHEMA s TO ann;
--- privileges on a type
-->
GRANT USAGE ON TYPE s.e TO ann;
--- privileges on a domain
-->
REVOKE USAGE ON DOMAIN s.d FROM PUBLIC;
--- privileges on a language
CREATE OR REPLACE TRUSTED LANGUAGE l HANDLER plpgsql_call_handler;
-->
GRANT USAGE ON LANGUAGE l TO ann;
--- privileges on a foreign-data wrapper
-->
GRANT USAGE ON FOREIGN DATA WRAPPER w TO ann;
--- privileges on a server
-->
GRANT USAGE ON FOREIGN SERVER sv TO ann;
--- privileges on the database
-->
GRANT CREATE ON DATABASE {database} TO ann;
--- privileges on a large object
-->
GRANT SELECT ON LARGE OBJECT 4711 TO ann;
--- default privileges
-->
ALTER DEFAULT PRIVILEGES IN SCHEMA s GRANT SELECT ON TABLES TO ann;
--- default privileges on large objects [since 18]
-->
ALTER DEFAULT PRIVILEGES GRANT SELECT ON LARGE OBJECTS TO ann;
--- what a role owns, dropped
ALTER TABLE s.p2 OWNER TO ann;
-->
DROP OWNED BY ann CASCADE;
--- what a role owns, given away
ALTER TABLE s.p2 OWNER TO ann;
-->
REASSIGN OWNED BY ann TO bob;
--- a setting of the database
-->
ALTER DATABASE {database} SET work_mem = '1MB';
--- a limit of the database
-->
ALTER DATABASE {database} CONNECTION LIMIT 7;
--- an owner of the database
-->
ALTER DATABASE {database} OWNER TO ann;
--- a setting of a role in the database
-->
ALTER ROLE ann IN DATABASE {database} SET work_mem = '1MB';
--- an owner of a large object
-->
ALTER LARGE OBJECT 4711 OWNER TO ann;
--- a large object that goes
-->
SELECT lo_unlink(4711);
--- privileges on a function of the server's
-->
REVOKE EXECUTE ON FUNCTION pg_catalog.now() FROM PUBLIC;
--- an owner of a function of the server's
-->
ALTER FUNCTION pg_catalog.pg_sleep(double precision) OWNER TO ann;
--- privileges on a catalog
-->
GRANT UPDATE ON pg_catalog.pg_class TO ann;
--- privileges on a column of a catalog
-->
GRANT SELECT (rolpassword) ON pg_catalog.pg_authid TO ann;
--- privileges on a schema of the server's
-->
REVOKE USAGE ON SCHEMA pg_catalog FROM PUBLIC;
--- privileges on a built-in type
-->
REVOKE USAGE ON TYPE pg_catalog.int4 FROM PUBLIC;
--- privileges on a built-in language
-->
REVOKE USAGE ON LANGUAGE sql FROM PUBLIC;
--- a comment on a function of the server's
-->
COMMENT ON FUNCTION pg_catalog.now() IS 'x';
--- a comment on a schema of the server's
-->
COMMENT ON SCHEMA pg_catalog IS 'x';
--- an owner of an event trigger
CREATE ROLE boss SUPERUSER;
-->
ALTER EVENT TRIGGER et OWNER TO boss;
--- an owner of a publication
-->
ALTER PUBLICATION pub OWNER TO ann;
--- a function in the server's schema
-->
CREATE FUNCTION pg_catalog.new() RETURNS int LANGUAGE sql AS 'SELECT 1';
--- an operator in the server's schema
-->
CREATE OPERATOR pg_catalog.=== (FUNCTION = int4eq, LEFTARG = int, RIGHTARG = int);
--- a table in the information schema
-->
CREATE TABLE information_schema.new (id int PRIMARY KEY, a text DEFAULT 'x');
--- a cost of a function of the server's
-->
ALTER FUNCTION pg_catalog.pg_sleep(double precision) COST 7;
--- a body of a function of the server's
-->
CREATE OR REPLACE FUNCTION pg_catalog.pg_sleep(double precision) RETURNS void LANGUAGE internal STRICT PARALLEL SAFE AS 'pg_backend_pid';
--- an estimator of an operator of the server's
-->
ALTER OPERATOR pg_catalog.= (int, int) SET (RESTRICT = NONE);
--- an operator of a family of the server's
CREATE FUNCTION s.less(int, numeric) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 < $2';
CREATE OPERATOR s.<<< (FUNCTION = s.less, LEFTARG = int, RIGHTARG = numeric);
-->
ALTER OPERATOR FAMILY pg_catalog.integer_ops USING btree ADD OPERATOR 1 s.<<< (int, numeric);
--- a mapping of a text search configuration of the server's
-->
ALTER TEXT SEARCH CONFIGURATION pg_catalog.english DROP MAPPING FOR word;
--- a name of a type of the server's
-->
ALTER TYPE pg_catalog.point RENAME TO new;
