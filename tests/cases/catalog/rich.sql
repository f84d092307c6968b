-- One of everything that a plain role may read and a dump takes along.
DO $$ BEGIN CREATE ROLE app; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
DO $$ BEGIN CREATE ROLE reader; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
CREATE SCHEMA shop;
CREATE SCHEMA "Odd Schema" AUTHORIZATION app;
COMMENT ON SCHEMA shop IS 'it''s a shop';
GRANT USAGE ON SCHEMA shop TO reader WITH GRANT OPTION;
CREATE TYPE shop.state AS ENUM ('new', 'paid', 'sent');
COMMENT ON TYPE shop.state IS 'where an order stands';
CREATE DOMAIN shop.email AS text COLLATE "C" DEFAULT 'a@b' NOT NULL CONSTRAINT has_at CHECK (VALUE ~ '@');
COMMENT ON CONSTRAINT has_at ON DOMAIN shop.email IS 'domains have checks';
CREATE DOMAIN shop.weight AS numeric(10, 2) CHECK (VALUE > 0) CHECK (VALUE < 1000);
CREATE TYPE shop.address AS (street text COLLATE "C", zip varchar(10));
COMMENT ON COLUMN shop.address.zip IS 'postal code';
CREATE SEQUENCE shop.numbers AS int START 5 INCREMENT 2 MINVALUE 1 MAXVALUE 1000 CACHE 3 CYCLE;
CREATE TABLE shop.customer (
    id bigint GENERATED ALWAYS AS IDENTITY (START WITH 100 INCREMENT BY 10) PRIMARY KEY,
    email shop.email,
    name varchar(80) NOT NULL,
    code char(3) DEFAULT 'abc'::bpchar,
    home shop.address,
    tags text[] DEFAULT '{}',
    born timestamptz DEFAULT '2000-01-01 00:00:00+09',
    price numeric(12, 4) DEFAULT 1.5,
    ratio float8 DEFAULT 0.1,
    lower_name text GENERATED ALWAYS AS (lower(name)) STORED,
    CONSTRAINT customer_email_key UNIQUE (email) INCLUDE (name) WITH (fillfactor = 80),
    CONSTRAINT short CHECK (length(name) < 80) NO INHERIT
) WITH (fillfactor = 70, toast.autovacuum_enabled = false);
ALTER TABLE shop.customer ALTER name SET STATISTICS 50, ALTER name SET STORAGE EXTERNAL, ALTER name SET (n_distinct = 5);
COMMENT ON TABLE shop.customer IS E'back\\slash and\nnew line';
COMMENT ON COLUMN shop.customer.name IS 'a name';
COMMENT ON CONSTRAINT short ON shop.customer IS 'not too long';
COMMENT ON INDEX shop.customer_pkey IS 'an index behind a key';
GRANT SELECT, INSERT ON shop.customer TO app;
GRANT UPDATE (name) ON shop.customer TO reader;
CREATE TABLE shop.orders (
    id serial PRIMARY KEY,
    number int DEFAULT nextval('shop.numbers'),
    customer bigint NOT NULL REFERENCES shop.customer ON DELETE CASCADE ON UPDATE SET NULL DEFERRABLE INITIALLY DEFERRED,
    state shop.state NOT NULL DEFAULT 'new',
    placed date NOT NULL DEFAULT CURRENT_DATE,
    parent int,
    a int, b int,
    UNIQUE (a, b) DEFERRABLE,
    CONSTRAINT orders_parent FOREIGN KEY (parent) REFERENCES shop.orders (id) MATCH FULL NOT VALID,
    CONSTRAINT no_overlap EXCLUDE USING btree (number WITH =) WHERE (number > 0)
);
ALTER TABLE shop.orders OWNER TO app;
CREATE INDEX orders_state ON shop.orders (state DESC NULLS LAST, placed);
CREATE UNIQUE INDEX orders_lower ON shop.orders (abs(a), (a + b)) INCLUDE (placed) WHERE a > 0;
CREATE INDEX orders_pattern ON shop.customer (name varchar_pattern_ops, code COLLATE "C") WITH (fillfactor = 90);
CREATE INDEX orders_tags ON shop.customer USING gin (tags);
CREATE INDEX orders_brin ON shop.orders USING brin (placed) WITH (pages_per_range = 4);
CREATE UNIQUE INDEX orders_identity ON shop.orders (id, customer);
ALTER TABLE shop.orders REPLICA IDENTITY USING INDEX orders_identity;
ALTER TABLE shop.orders CLUSTER ON orders_state;
COMMENT ON INDEX shop.orders_state IS 'by state';
CREATE UNLOGGED TABLE "Odd Schema"."Odd Table" ("select" int, "a""b" text) WITH (autovacuum_enabled = off);
CREATE TABLE shop.event (at timestamptz NOT NULL, kind text, payload text) PARTITION BY RANGE (at);
CREATE TABLE shop.event_2025 PARTITION OF shop.event FOR VALUES FROM ('2025-01-01') TO ('2026-01-01') PARTITION BY LIST (kind);
CREATE TABLE shop.event_2025_a PARTITION OF shop.event_2025 FOR VALUES IN ('a', 'b');
CREATE TABLE shop.event_rest PARTITION OF shop.event DEFAULT;
ALTER TABLE shop.event ADD PRIMARY KEY (at, kind);
CREATE INDEX event_payload ON shop.event (payload);
CREATE TABLE shop.parent (a int NOT NULL, b text, CONSTRAINT positive CHECK (a > 0));
CREATE TABLE shop.child (c int) INHERITS (shop.parent);
CREATE TABLE shop.typed OF shop.address (zip WITH OPTIONS NOT NULL);
CREATE VIEW shop.open_orders WITH (security_barrier = true) AS
    SELECT o.id, o.state, c.name FROM shop.orders o JOIN shop.customer c ON c.id = o.customer WHERE o.state <> 'sent';
CREATE VIEW shop.nested AS SELECT id, name FROM shop.open_orders WITH LOCAL CHECK OPTION;
COMMENT ON VIEW shop.nested IS 'a view on a view';
COMMENT ON COLUMN shop.nested.name IS 'whose';
GRANT SELECT ON shop.nested TO PUBLIC;
CREATE MATERIALIZED VIEW shop.totals WITH (fillfactor = 60) AS SELECT customer, count(*) AS n FROM shop.orders GROUP BY customer WITH NO DATA;
CREATE UNIQUE INDEX totals_key ON shop.totals (customer);
CREATE FUNCTION shop.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE FUNCTION shop.plus(a int, b int DEFAULT 1, VARIADIC c int[] DEFAULT '{}') RETURNS int LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 5 AS 'SELECT a + b';
CREATE FUNCTION shop.listed(OUT x int, OUT y text) RETURNS SETOF record LANGUAGE sql STABLE ROWS 7 SECURITY DEFINER SET search_path = shop, pg_catalog AS 'SELECT 1, ''a''';
CREATE FUNCTION shop.atomic(a int) RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM shop.customer WHERE id = a; END;
CREATE PROCEDURE shop.cleanup(INOUT n int) LANGUAGE plpgsql AS $$ BEGIN n := 1; END $$;
REVOKE EXECUTE ON FUNCTION shop.plus FROM PUBLIC;
COMMENT ON FUNCTION shop.plus IS 'adds';
CREATE FUNCTION shop.accumulate(int, int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 + $2';
CREATE AGGREGATE shop.total (int) (sfunc = shop.accumulate, stype = int, initcond = '0', combinefunc = shop.accumulate, parallel = safe);
CREATE TRIGGER touch BEFORE INSERT OR UPDATE OF state, placed ON shop.orders FOR EACH ROW WHEN (NEW.a IS DISTINCT FROM 5) EXECUTE FUNCTION shop.touch('x', 'it''s', 'b\s');
CREATE TRIGGER changed AFTER UPDATE ON shop.orders REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT EXECUTE FUNCTION shop.touch();
CREATE CONSTRAINT TRIGGER later AFTER INSERT ON shop.orders DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION shop.touch();
CREATE TRIGGER on_event BEFORE INSERT ON shop.event FOR EACH ROW EXECUTE FUNCTION shop.touch();
ALTER TABLE shop.orders DISABLE TRIGGER changed;
COMMENT ON TRIGGER touch ON shop.orders IS 'touches';
CREATE RULE no_delete AS ON DELETE TO shop.customer DO INSTEAD NOTHING;
COMMENT ON RULE no_delete ON shop.customer IS 'never';
ALTER TABLE shop.customer ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON shop.customer AS RESTRICTIVE FOR UPDATE TO app, reader USING (name = CURRENT_USER) WITH CHECK (id > 0);
CREATE POLICY everyone ON shop.customer USING (true);
COMMENT ON POLICY own ON shop.customer IS 'mine';
ALTER SEQUENCE shop.numbers OWNER TO app;
ALTER SEQUENCE shop.numbers OWNED BY shop.orders.number;
CREATE FUNCTION shop.on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$;
CREATE EVENT TRIGGER watch ON ddl_command_end WHEN TAG IN ('CREATE INDEX') EXECUTE FUNCTION shop.on_ddl();
ALTER EVENT TRIGGER watch ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER watch IS 'watches';
CREATE STATISTICS shop.together (ndistinct, mcv) ON a, b, (lower(state::text)) FROM shop.orders;
ALTER STATISTICS shop.together SET STATISTICS 20;
COMMENT ON STATISTICS shop.together IS 'a and b';
CREATE TYPE shop.prices AS RANGE (subtype = float8, subtype_diff = float8mi, multirange_type_name = shop.many_prices);
COMMENT ON TYPE shop.prices IS 'from and to';
CREATE COLLATION shop.plain (provider = libc, lc_collate = 'C', lc_ctype = 'POSIX');
CREATE FUNCTION shop.state_of(int) RETURNS shop.state LANGUAGE sql IMMUTABLE AS 'SELECT ''new''::shop.state';
CREATE CAST (int AS shop.state) WITH FUNCTION shop.state_of(int) AS ASSIGNMENT;
COMMENT ON CAST (int AS shop.state) IS 'every number is new';
CREATE FUNCTION shop.longer(text, text) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT length($1) > length($2)';
CREATE FUNCTION shop.shorter(text, text) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT length($1) < length($2)';
CREATE FUNCTION shop.by_length(text, text) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT length($1) - length($2)';
CREATE OPERATOR shop.>> (LEFTARG = text, RIGHTARG = text, FUNCTION = shop.longer, COMMUTATOR = OPERATOR(shop.<<), RESTRICT = scalargtsel);
CREATE OPERATOR shop.<< (LEFTARG = text, RIGHTARG = text, FUNCTION = shop.shorter, COMMUTATOR = OPERATOR(shop.>>));
COMMENT ON OPERATOR shop.<< (text, text) IS 'shorter';
CREATE OPERATOR FAMILY shop.lengths USING btree;
CREATE OPERATOR CLASS shop.length_ops FOR TYPE text USING btree FAMILY shop.lengths AS OPERATOR 1 shop.<<, OPERATOR 5 shop.>>, FUNCTION 1 shop.by_length(text, text);
ALTER OPERATOR FAMILY shop.lengths USING btree ADD OPERATOR 1 < (int4, int8), FUNCTION 1 (int4, int8) btint48cmp(int4, int8);
CREATE CONVERSION shop.latin FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
CREATE TEXT SEARCH DICTIONARY shop.words (TEMPLATE = simple, accept = false);
CREATE TEXT SEARCH CONFIGURATION shop.search (PARSER = default);
ALTER TEXT SEARCH CONFIGURATION shop.search ADD MAPPING FOR asciiword, word WITH shop.words, simple;
COMMENT ON TEXT SEARCH CONFIGURATION shop.search IS 'searches';
CREATE FOREIGN DATA WRAPPER elsewhere OPTIONS (debug 'it''s');
CREATE SERVER far TYPE 'a' VERSION '1' FOREIGN DATA WRAPPER elsewhere OPTIONS (host 'h');
GRANT USAGE ON FOREIGN SERVER far TO app;
CREATE FOREIGN TABLE shop.remote (id int OPTIONS (column_name 'ID') NOT NULL, name text COLLATE "C" DEFAULT 'x') SERVER far OPTIONS (table_name 't');
GRANT SELECT ON shop.remote TO reader;
CREATE PUBLICATION changes FOR TABLE shop.customer, shop.orders WITH (publish = 'insert, update');
COMMENT ON PUBLICATION changes IS 'what changes';
ALTER DEFAULT PRIVILEGES FOR ROLE app IN SCHEMA shop GRANT SELECT ON TABLES TO reader;
ALTER DEFAULT PRIVILEGES FOR ROLE app REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
