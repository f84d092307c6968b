--- a table
--> 
CREATE TABLE s.new (id int);
--- a table from a query
-->
CREATE TABLE s.new AS SELECT 1 AS one;
--- a table by SELECT INTO
-->
SELECT 1 AS one INTO s.new;
--- a dropped table
-->
DROP TABLE s.p2;
--- an unlogged table
DROP PUBLICATION pub;
-->
ALTER TABLE s.p2 SET UNLOGGED;
--- a logged table
CREATE UNLOGGED TABLE s.new (id int);
-->
ALTER TABLE s.new SET LOGGED;
--- a column
-->
ALTER TABLE s.t ADD COLUMN new int;
--- a dropped column
-->
ALTER TABLE s.t DROP COLUMN b CASCADE;
--- a default
-->
ALTER TABLE s.t ALTER b SET DEFAULT 7;
--- a default that goes
-->
ALTER TABLE s.t ALTER c DROP DEFAULT;
--- not null
-->
ALTER TABLE s.t ALTER b SET NOT NULL;
--- not null that goes
-->
ALTER TABLE s.t ALTER n DROP NOT NULL;
--- another expression [since 17]
-->
ALTER TABLE s.t ALTER g SET EXPRESSION AS (id * 3);
--- no expression
-->
ALTER TABLE s.t ALTER g DROP EXPRESSION;
--- a statistics target of a column
-->
ALTER TABLE s.t ALTER b SET STATISTICS 77;
--- options of a column
-->
ALTER TABLE s.t ALTER b SET (n_distinct = 5);
--- options of a column that go
ALTER TABLE s.t ALTER b SET (n_distinct = 5);
-->
ALTER TABLE s.t ALTER b RESET (n_distinct);
--- storage
-->
ALTER TABLE s.t ALTER a SET STORAGE EXTERNAL;
--- compression
-->
ALTER TABLE s.t ALTER a SET COMPRESSION pglz;
--- a type
-->
ALTER TABLE s.t ALTER d TYPE varchar(20);
--- a collation
-->
ALTER TABLE s.t ALTER d TYPE varchar(10) COLLATE "C";
--- an identity
ALTER TABLE s.t ALTER n DROP DEFAULT;
-->
ALTER TABLE s.t ALTER n ADD GENERATED ALWAYS AS IDENTITY;
--- another identity
-->
ALTER TABLE s.t ALTER i SET GENERATED ALWAYS;
--- the sequence of an identity
-->
ALTER TABLE s.t ALTER i SET INCREMENT BY 5;
--- an identity that goes
-->
ALTER TABLE s.t ALTER i DROP IDENTITY;
--- options of a foreign column
-->
ALTER FOREIGN TABLE s.ft ALTER a OPTIONS (ADD x 'y');
--- options of a foreign table
-->
ALTER FOREIGN TABLE s.ft OPTIONS (ADD x 'y');
--- a check
-->
ALTER TABLE s.t ADD CONSTRAINT new CHECK (c > 5);
--- a key
-->
ALTER TABLE s.t ADD CONSTRAINT new UNIQUE (b);
--- a key that is put off
-->
ALTER TABLE s.t ADD CONSTRAINT new UNIQUE (b) DEFERRABLE INITIALLY DEFERRED;
--- a foreign key
-->
ALTER TABLE s.u ADD CONSTRAINT new FOREIGN KEY (b) REFERENCES s.t ON DELETE SET NULL;
--- an exclusion
-->
ALTER TABLE s.u ADD CONSTRAINT new EXCLUDE USING btree (b WITH =);
--- a key of an index
CREATE UNIQUE INDEX by_b ON s.t (b);
-->
ALTER TABLE s.t ADD CONSTRAINT new UNIQUE USING INDEX by_b;
--- a foreign key that is put off
-->
ALTER TABLE s.u ALTER CONSTRAINT to_t DEFERRABLE INITIALLY DEFERRED;
--- a foreign key that is not enforced [since 18]
-->
ALTER TABLE s.u ALTER CONSTRAINT to_t NOT ENFORCED;
--- a named not null that its children do not inherit [since 18]
ALTER TABLE s.p2 ADD CONSTRAINT k_there NOT NULL k;
-->
ALTER TABLE s.p2 ALTER CONSTRAINT k_there NO INHERIT;
--- a validated constraint
ALTER TABLE s.t ADD CONSTRAINT later CHECK (c > 5) NOT VALID;
-->
ALTER TABLE s.t VALIDATE CONSTRAINT later;
--- a dropped constraint
-->
ALTER TABLE s.t DROP CONSTRAINT b_positive;
--- an owner
-->
ALTER TABLE s.t OWNER TO ann;
--- the index that a table is clustered on
-->
ALTER TABLE s.t CLUSTER ON t_b;
--- no index to cluster on
ALTER TABLE s.t CLUSTER ON t_b;
-->
ALTER TABLE s.t SET WITHOUT CLUSTER;
--- an index to cluster on, by clustering
-->
CLUSTER s.t USING t_b;
--- an access method [since 15]
-->
ALTER TABLE s.p2 SET ACCESS METHOD tam;
--- storage parameters
-->
ALTER TABLE s.t SET (fillfactor = 50);
--- storage parameters of the TOAST table
-->
ALTER TABLE s.t SET (toast.autovacuum_enabled = off);
--- storage parameters that go
ALTER TABLE s.t SET (fillfactor = 50);
-->
ALTER TABLE s.t RESET (fillfactor);
--- a trigger that is off
-->
ALTER TABLE s.t DISABLE TRIGGER tr;
--- a trigger that is on
ALTER TABLE s.t DISABLE TRIGGER tr;
-->
ALTER TABLE s.t ENABLE TRIGGER tr;
--- a trigger that always fires
-->
ALTER TABLE s.t ENABLE ALWAYS TRIGGER tr;
--- a trigger for replicas
-->
ALTER TABLE s.t ENABLE REPLICA TRIGGER tr;
--- all triggers off
-->
ALTER TABLE s.t DISABLE TRIGGER ALL;
--- the triggers behind a foreign key alone off
ALTER TABLE s.t DISABLE TRIGGER tr;
-->
ALTER TABLE s.u DISABLE TRIGGER ALL;
--- all triggers on
ALTER TABLE s.t DISABLE TRIGGER ALL;
-->
ALTER TABLE s.t ENABLE TRIGGER ALL;
--- triggers of users off
-->
ALTER TABLE s.t DISABLE TRIGGER USER;
--- triggers of users on
ALTER TABLE s.t DISABLE TRIGGER USER;
-->
ALTER TABLE s.t ENABLE TRIGGER USER;
--- a rule that is off
-->
ALTER TABLE s.t DISABLE RULE ru;
--- a rule that is on
ALTER TABLE s.t DISABLE RULE ru;
-->
ALTER TABLE s.t ENABLE RULE ru;
--- a rule for replicas
-->
ALTER TABLE s.t ENABLE REPLICA RULE ru;
--- a rule that always holds
-->
ALTER TABLE s.t ENABLE ALWAYS RULE ru;
--- a parent
CREATE TABLE s.parent (k int);
-->
ALTER TABLE s.p2 INHERIT s.parent;
--- no parent
CREATE TABLE s.child () INHERITS (s.p2);
-->
ALTER TABLE s.child NO INHERIT s.p2;
--- a type of its rows
CREATE TABLE s.typed (x int, y text);
-->
ALTER TABLE s.typed OF s.c;
--- no type of its rows
CREATE TABLE s.typed OF s.c;
-->
ALTER TABLE s.typed NOT OF;
--- what a replica identifies rows by
-->
ALTER TABLE s.t REPLICA IDENTITY FULL;
--- the index a replica identifies rows by
CREATE UNIQUE INDEX by_n ON s.t (n);
-->
ALTER TABLE s.t REPLICA IDENTITY USING INDEX by_n;
--- row security
-->
ALTER TABLE s.t ENABLE ROW LEVEL SECURITY;
--- no row security
ALTER TABLE s.t ENABLE ROW LEVEL SECURITY;
-->
ALTER TABLE s.t DISABLE ROW LEVEL SECURITY;
--- row security for the owner
-->
ALTER TABLE s.t FORCE ROW LEVEL SECURITY;
--- no row security for the owner
ALTER TABLE s.t FORCE ROW LEVEL SECURITY;
-->
ALTER TABLE s.t NO FORCE ROW LEVEL SECURITY;
--- a partition
-->
ALTER TABLE s.p ATTACH PARTITION s.p2 FOR VALUES IN (2);
--- no partition
-->
ALTER TABLE s.p DETACH PARTITION s.p1;
--- the bounds of a partition
ALTER TABLE s.p DETACH PARTITION s.p1;
-->
ALTER TABLE s.p ATTACH PARTITION s.p1 FOR VALUES IN (3);
--- a default partition
ALTER TABLE s.p DETACH PARTITION s.p1;
-->
ALTER TABLE s.p ATTACH PARTITION s.p1 DEFAULT;
--- a name of a table
-->
ALTER TABLE s.t RENAME TO new;
--- a name of a column
-->
ALTER TABLE s.t RENAME COLUMN b TO new;
--- a name of a constraint
-->
ALTER TABLE s.t RENAME CONSTRAINT b_positive TO new;
--- a schema of a table
-->
ALTER TABLE s.t SET SCHEMA z;
--- an index
-->
CREATE INDEX ON s.t (n);
--- a direction of an index
CREATE INDEX new ON s.t (n);
-->
DROP INDEX s.new; CREATE INDEX new ON s.t (n DESC);
--- a condition of an index
CREATE INDEX new ON s.t (n);
-->
DROP INDEX s.new; CREATE INDEX new ON s.t (n) WHERE n > 5;
--- a further column of an index
CREATE INDEX new ON s.t (n);
-->
DROP INDEX s.new; CREATE INDEX new ON s.t (n) INCLUDE (b);
--- an operator class of an index
CREATE INDEX new ON s.t (d);
-->
DROP INDEX s.new; CREATE INDEX new ON s.t (d varchar_pattern_ops);
--- a dropped index
-->
DROP INDEX s.t_b;
--- a name of an index
-->
ALTER INDEX s.t_b RENAME TO new;
--- parameters of an index
-->
ALTER INDEX s.t_b SET (fillfactor = 50);
--- a statistics target of an index
-->
ALTER INDEX s.t_c ALTER COLUMN 1 SET STATISTICS 77;
--- a part of a partitioned index
-->
ALTER INDEX s.p_k ATTACH PARTITION s.p1_k;
--- an index that depends on an extension
CREATE EXTENSION IF NOT EXISTS plpgsql;
-->
ALTER INDEX s.t_b DEPENDS ON EXTENSION plpgsql;
--- a trigger
-->
CREATE TRIGGER new AFTER UPDATE OF b ON s.t FOR EACH STATEMENT EXECUTE FUNCTION s.tf('x');
--- a trigger that is replaced
-->
CREATE OR REPLACE TRIGGER tr BEFORE INSERT OR UPDATE ON s.t FOR EACH ROW EXECUTE FUNCTION s.tf();
--- a name of a trigger
-->
ALTER TRIGGER tr ON s.t RENAME TO new;
--- a trigger that depends on an extension
-->
ALTER TRIGGER tr ON s.t DEPENDS ON EXTENSION plpgsql;
--- a dropped trigger
-->
DROP TRIGGER tr ON s.t;
--- a rule
-->
CREATE RULE new AS ON UPDATE TO s.t DO ALSO NOTHING;
--- a name of a rule
-->
ALTER RULE ru ON s.t RENAME TO new;
--- a dropped rule
-->
DROP RULE ru ON s.t;
--- a policy
-->
CREATE POLICY new ON s.t FOR SELECT TO ann USING (true);
--- roles of a policy
-->
ALTER POLICY po ON s.t TO bob;
--- a check of a policy
-->
ALTER POLICY po ON s.t WITH CHECK (b > 1);
--- a name of a policy
-->
ALTER POLICY po ON s.t RENAME TO new;
--- a dropped policy
-->
DROP POLICY po ON s.t;
--- statistics
-->
CREATE STATISTICS s.new (ndistinct) ON b, c FROM s.t;
--- a target of statistics
-->
ALTER STATISTICS s.st SET STATISTICS 50;
--- a name of statistics
-->
ALTER STATISTICS s.st RENAME TO new;
--- an owner of statistics
-->
ALTER STATISTICS s.st OWNER TO ann;
--- a schema of statistics
-->
ALTER STATISTICS s.st SET SCHEMA z;
--- dropped statistics
-->
DROP STATISTICS s.st;
--- a foreign table
-->
CREATE FOREIGN TABLE s.new (id int) SERVER sv OPTIONS (x 'y');
--- a name of a foreign table
-->
ALTER FOREIGN TABLE s.ft RENAME TO new;
--- a schema of a foreign table
-->
ALTER FOREIGN TABLE s.ft SET SCHEMA z;
--- a dropped foreign table
-->
DROP FOREIGN TABLE s.ft;
--- a view
-->
CREATE VIEW s.new AS SELECT 1 AS one;
--- another definition of a view
-->
CREATE OR REPLACE VIEW s.v AS SELECT id, a || 'x' AS a FROM s.t;
--- options of a view
-->
ALTER VIEW s.v SET (security_barrier);
--- a check option of a view
-->
ALTER VIEW s.v SET (check_option = local);
--- a view as the one who asks [since 15]
-->
ALTER VIEW s.v SET (security_invoker);
--- a default of a view's column
-->
ALTER VIEW s.v ALTER a SET DEFAULT 'x';
--- a name of a view
-->
ALTER VIEW s.v RENAME TO new;
--- a name of a view's column
-->
ALTER VIEW s.v RENAME COLUMN a TO new;
--- a schema of a view
-->
ALTER VIEW s.v SET SCHEMA z;
--- a dropped view
-->
DROP VIEW s.v;
--- a materialized view
-->
CREATE MATERIALIZED VIEW s.new AS SELECT 1 AS one;
--- parameters of a materialized view
-->
ALTER MATERIALIZED VIEW s.m SET (fillfactor = 50);
--- a name of a materialized view
-->
ALTER MATERIALIZED VIEW s.m RENAME TO new;
--- a schema of a materialized view
-->
ALTER MATERIALIZED VIEW s.m SET SCHEMA z;
--- a materialized view that depends on an extension
-->
ALTER MATERIALIZED VIEW s.m DEPENDS ON EXTENSION plpgsql;
--- a dropped materialized view
-->
DROP MATERIALIZED VIEW s.m;
--- a sequence
-->
CREATE SEQUENCE s.new START 5;
--- an increment
-->
ALTER SEQUENCE s.q INCREMENT BY 2;
--- bounds of a sequence
-->
ALTER SEQUENCE s.q MINVALUE 0 MAXVALUE 100;
--- a start
-->
ALTER SEQUENCE s.q START 2;
--- a cache
-->
ALTER SEQUENCE s.q CACHE 5;
--- a cycle
-->
ALTER SEQUENCE s.q CYCLE;
--- a type of a sequence
-->
ALTER SEQUENCE s.q AS smallint;
--- a column that a sequence belongs to
-->
ALTER SEQUENCE s.q OWNED BY s.t.b;
--- a name of a sequence
-->
ALTER SEQUENCE s.q RENAME TO new;
--- a schema of a sequence
-->
ALTER SEQUENCE s.q SET SCHEMA z;
--- a sequence that is not logged [since 15]
-->
ALTER SEQUENCE s.q SET UNLOGGED;
--- a dropped sequence
-->
DROP SEQUENCE s.q;
--- a tablespace of a table
-->
ALTER TABLE s.p2 SET TABLESPACE ts;
--- a tablespace of an index
-->
ALTER INDEX s.t_b SET TABLESPACE ts;
--- a tablespace of all tables
-->
ALTER TABLE ALL IN TABLESPACE pg_default SET TABLESPACE ts;
--- an owner of a sequence
-->
ALTER SEQUENCE s.q OWNER TO ann;
--- an owner of a view
-->
ALTER VIEW s.v OWNER TO ann;
--- a name of a materialized view's column
-->
ALTER MATERIALIZED VIEW s.m RENAME COLUMN a TO new;
--- a name of a foreign table's column
-->
ALTER FOREIGN TABLE s.ft RENAME COLUMN a TO new;
