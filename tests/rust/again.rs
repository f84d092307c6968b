//! The second look of a transaction that changed the catalog: what is read anew, with what stood before, is what a whole
//! reading gives, whatever was changed and whatever others do meanwhile.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use pgwarrant::catalog::{Basis, Snapshot};
use pgwarrant::pg::Session;
use pgwarrant::script::split;

use crate::support;
use crate::support::{Database, on_an_outer_server};

fn begin(database: &Database<'_>) -> Session {
    let mut session = database.session();
    session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ").unwrap();
    session
}

/// Runs a script in the open transaction.
fn run(session: &mut Session, text: &str) {
    session.execute("SET LOCAL search_path = public").unwrap();
    for statement in &split(text).unwrap().statements {
        let sql = statement.span.of(text);
        session.execute(sql).unwrap_or_else(|failure| panic!("{sql}: {failure}"));
    }
    session.execute("SET LOCAL search_path = pg_catalog").unwrap();
}

/// Two bases of one instant: for the look that picks, and for that of a small database.
fn bases(session: &mut Session) -> [Basis; 2] {
    [Basis::read(session).unwrap(), Basis::read(session).unwrap()]
}

/// Whether the second look did without reading everything; equal to that both must be.
fn looked_again(name: &str, bases: [Basis; 2], session: &mut Session, second: &mut Session) -> bool {
    let [mut picking, mut small] = bases;
    let patched = picking.patched(session, second).unwrap();
    let again = small.again(session, second).unwrap();
    let whole = Snapshot::read(session).unwrap();
    is_the_same(name, &again, &whole);
    patched.is_some_and(|patched| {
        is_the_same(name, &patched, &whole);
        true
    })
}

fn is_the_same(name: &str, again: &Snapshot, whole: &Snapshot) {
    for (key, object) in &whole.objects {
        assert_eq!(again.objects.get(key), Some(object), "{name}: {key}");
    }
    for key in again.objects.keys() {
        assert!(whole.objects.contains_key(key), "{name}: {key} is gone");
    }
    for (address, key) in &whole.volatile.addresses {
        assert_eq!(again.volatile.addresses.get(address), Some(key), "{name}: {address:?}");
    }
    for dependency in &whole.volatile.dependencies {
        assert!(again.volatile.dependencies.contains(dependency), "{name}: {dependency:?} is missing");
    }
    for dependency in &again.volatile.dependencies {
        assert!(whole.volatile.dependencies.contains(dependency), "{name}: {dependency:?} is too much");
    }
    assert!(again == whole, "{name}: {:#?} {:#?}", again.volatile, whole.volatile);
}

#[test]
fn the_second_look_is_a_whole_one_on_every_case() {
    let (whole, all) = (Mutex::new(Vec::new()), AtomicUsize::new(0));
    support::on_every_case(|server, name, case| {
        let database = server.database();
        database.run(&std::fs::read_to_string(case.join("before.sql")).unwrap()).unwrap();
        let change = std::fs::read_to_string(case.join("change.sql")).unwrap();
        let (mut session, mut second, mut other) = (begin(&database), database.session(), database.session());
        let bases = bases(&mut session);
        run(&mut session, &change);
        // Somebody else, beside us.
        other.execute("CREATE SCHEMA beside CREATE TABLE t (id int PRIMARY KEY, a text DEFAULT 'x')").unwrap();
        other.execute("COMMENT ON TABLE beside.t IS 'not ours'").unwrap();
        all.fetch_add(1, Ordering::Relaxed);
        if !looked_again(name, bases, &mut session, &mut second) {
            whole.lock().unwrap().push(format!("{name} on {}", server.major()));
        }
        Ok(())
    });
    let (whole, all) = (whole.into_inner().unwrap(), all.into_inner());
    println!("{} of {all} read whole: {}", whole.len(), whole.join(", "));
    assert!(whole.len() * 4 < all.max(4), "{whole:?}");
}

/// A base with some of everything that others depend on.
const BASE: &str = "
CREATE SCHEMA s; CREATE SCHEMA other;
CREATE TYPE s.e AS ENUM ('a', 'b'); CREATE DOMAIN s.d AS int CHECK (VALUE > 0);
CREATE FUNCTION s.f(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE TABLE s.t (id int PRIMARY KEY, e s.e DEFAULT 'a', d s.d, n int DEFAULT s.f(1) CHECK (n > s.f(0)), x text UNIQUE);
CREATE TABLE s.u (id int PRIMARY KEY REFERENCES s.t, up int REFERENCES s.u, r s.t, many s.t[]);
CREATE VIEW s.v AS SELECT id, s.f(n) AS n, e FROM s.t WHERE e = 'a'; CREATE VIEW s.w AS SELECT * FROM s.v;
CREATE INDEX i ON s.t (s.f(n)) WHERE e = 'b'; COMMENT ON INDEX s.i IS 'i'; COMMENT ON COLUMN s.t.e IS 'e';
CREATE TABLE s.p (at date, v int) PARTITION BY RANGE (at); CREATE INDEX pi ON s.p (v);
CREATE TABLE s.p1 PARTITION OF s.p FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE SEQUENCE s.q OWNED BY s.t.n; CREATE STATISTICS s.st ON id, n FROM s.t;
CREATE POLICY own ON s.t USING (n > 0); CREATE RULE r AS ON UPDATE TO s.u DO INSTEAD NOTHING;
CREATE FUNCTION s.tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER tg BEFORE UPDATE ON s.t FOR EACH ROW WHEN (NEW.n > 3) EXECUTE FUNCTION s.tf();
CREATE PUBLICATION pub FOR TABLE s.t;
GRANT EXECUTE ON FUNCTION pg_catalog.pg_ls_waldir() TO pg_read_all_stats;
";

/// Changes that write few rows and are seen in many texts.
const FAR: [&str; 25] = [
    "DO 'BEGIN CREATE TABLE s.inner (a s.e); EXCEPTION WHEN division_by_zero THEN NULL; END'",
    "ALTER TYPE s.e RENAME VALUE 'a' TO 'c'",
    "ALTER TYPE s.e RENAME TO e2",
    "ALTER TYPE s.e SET SCHEMA other",
    "ALTER DOMAIN s.d RENAME TO d2",
    "ALTER FUNCTION s.f(int) RENAME TO g",
    "ALTER FUNCTION s.f(int) SET SCHEMA other",
    "ALTER TABLE s.t RENAME TO t2",
    "ALTER TABLE s.t RENAME n TO n2",
    "ALTER TABLE s.t SET SCHEMA other",
    "ALTER TABLE s.t RENAME CONSTRAINT t_pkey TO pk",
    "ALTER SCHEMA s RENAME TO s2",
    "GRANT USAGE ON SCHEMA s TO PUBLIC",
    "COMMENT ON INDEX s.i IS NULL",
    "COMMENT ON COLUMN s.t.e IS NULL",
    "ALTER TABLE s.u DISABLE TRIGGER ALL",
    "ALTER TABLE s.t DISABLE TRIGGER ALL",
    "ALTER TABLE s.t SET (toast.autovacuum_enabled = off)",
    "ALTER INDEX s.pi RENAME TO pi2",
    "ALTER TABLE s.p DETACH PARTITION s.p1",
    "ALTER SEQUENCE s.q OWNED BY NONE",
    "DROP VIEW s.w",
    "DROP TABLE s.u",
    "DROP FUNCTION s.f(int) CASCADE",
    "SELECT pg_catalog.nextval('s.q')",
];

#[test]
fn what_others_are_called_is_read_anew() {
    on_an_outer_server(|server| {
        let database = server.database();
        database.run(BASE).unwrap();
        let mut second = database.session();
        let mut whole = Vec::new();
        for change in FAR {
            let mut session = begin(&database);
            let bases = bases(&mut session);
            session.execute(change).unwrap();
            if !looked_again(change, bases, &mut session, &mut second) {
                whole.push(change);
            }
            session.execute("ROLLBACK").unwrap();
        }
        assert!(whole.len() <= 4, "PostgreSQL {}: read whole: {whole:#?}", server.major());
    });
}

/// Something of the users' among the server's own, and something of the server's that is not as it was.
const BESIDE_THE_SERVERS: &str = "
CREATE SCHEMA s; CREATE FUNCTION s.less(int, bigint) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 0';
CREATE FUNCTION s.is_less(int, bigint) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT false';
CREATE OPERATOR s.<<< (LEFTARG = int, RIGHTARG = bigint, FUNCTION = s.is_less);
CREATE TEXT SEARCH DICTIONARY s.plain (TEMPLATE = pg_catalog.simple);
CREATE TABLE s.t (id int PRIMARY KEY);
GRANT SELECT (rolname) ON pg_catalog.pg_authid TO pg_read_all_stats; GRANT USAGE ON LANGUAGE sql TO pg_read_all_stats;
GRANT EXECUTE ON FUNCTION pg_catalog.pg_ls_waldir() TO pg_read_all_stats; GRANT SELECT ON pg_catalog.pg_authid TO beside;
COMMENT ON FUNCTION pg_catalog.now() IS 'what the clock says'; ALTER FUNCTION pg_catalog.timeofday() COST 3;
";

/// What is said of the server's own objects, made of them and granted on them.
const OF_THE_SERVER: [&str; 24] = [
    "CREATE TABLE s.u (id int)",
    "GRANT SELECT ON pg_catalog.pg_statistic TO pg_read_all_stats",
    "REVOKE SELECT ON pg_catalog.pg_authid FROM beside",
    "GRANT SELECT (rolsuper) ON pg_catalog.pg_authid TO pg_read_all_stats",
    "REVOKE SELECT (rolname) ON pg_catalog.pg_authid FROM pg_read_all_stats",
    "GRANT EXECUTE ON FUNCTION pg_catalog.pg_ls_logdir() TO pg_read_all_stats",
    "REVOKE EXECUTE ON FUNCTION pg_catalog.pg_ls_waldir() FROM pg_read_all_stats",
    "REVOKE USAGE ON LANGUAGE sql FROM PUBLIC",
    "REVOKE USAGE ON TYPE pg_catalog.int4 FROM PUBLIC",
    "GRANT CREATE ON SCHEMA information_schema TO pg_read_all_stats",
    "ALTER FUNCTION pg_catalog.pg_ls_logdir() OWNER TO beside",
    "ALTER ROLE beside RENAME TO beyond",
    "COMMENT ON FUNCTION pg_catalog.now() IS NULL",
    "COMMENT ON FUNCTION pg_catalog.now() IS 'another'",
    "COMMENT ON TYPE pg_catalog.money IS NULL",
    "COMMENT ON SCHEMA public IS 'of the users'",
    "ALTER FUNCTION pg_catalog.now() COST 7",
    "ALTER FUNCTION pg_catalog.timeofday() COST 1",
    "ALTER TYPE pg_catalog.text SET (STORAGE = external)",
    "ALTER OPERATOR FAMILY pg_catalog.text_ops USING hash ADD FUNCTION 1 (int, int) pg_catalog.hashint4(int)",
    "ALTER OPERATOR FAMILY pg_catalog.text_ops USING btree ADD FUNCTION 1 (int, bigint) s.less(int, bigint)",
    "ALTER TEXT SEARCH CONFIGURATION pg_catalog.simple ALTER MAPPING FOR word WITH s.plain",
    "ALTER TEXT SEARCH CONFIGURATION pg_catalog.simple DROP MAPPING FOR word",
    "ALTER TEXT SEARCH DICTIONARY pg_catalog.simple (STOPWORDS = english)",
];

/// What users added to the server's own goes by their names.
const RENAMED: [(&str, &str); 4] = [
    (
        "ALTER OPERATOR FAMILY pg_catalog.text_ops USING btree ADD OPERATOR 1 s.<<< (int, bigint)",
        "ALTER SCHEMA s RENAME TO s2",
    ),
    (
        "ALTER OPERATOR FAMILY pg_catalog.text_ops USING btree ADD FUNCTION 1 (int, bigint) s.less(int, bigint)",
        "ALTER FUNCTION s.less(int, bigint) RENAME TO fewer",
    ),
    (
        "ALTER TEXT SEARCH CONFIGURATION pg_catalog.simple ALTER MAPPING FOR word WITH s.plain",
        "ALTER TEXT SEARCH DICTIONARY s.plain RENAME TO simplest",
    ),
    (
        "ALTER TEXT SEARCH CONFIGURATION pg_catalog.simple ALTER MAPPING FOR word WITH s.plain",
        "ALTER SCHEMA s RENAME TO s2",
    ),
];

#[test]
fn what_is_the_servers_own_is_as_if_it_were_read_anew() {
    on_an_outer_server(|server| {
        let database = server.database();
        // Roles are the whole server's: they are made where all of it is undone.
        let look = |change: &str, prepared: &[&str]| {
            let (mut session, mut second) = (database.session(), database.session());
            session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ").unwrap();
            session.execute("CREATE ROLE beside").unwrap();
            for statement in BESIDE_THE_SERVERS
                .split(';')
                .map(str::trim)
                .filter(|text| !text.is_empty())
                .chain(prepared.iter().copied())
            {
                session.execute(statement).unwrap_or_else(|failure| panic!("{statement}: {failure}"));
            }
            let bases = bases(&mut session);
            session.execute(change).unwrap_or_else(|failure| panic!("{change}: {failure}"));
            looked_again(change, bases, &mut session, &mut second);
        };
        for change in OF_THE_SERVER {
            look(change, &[]);
        }
        for (added, change) in RENAMED {
            look(change, &[added]);
        }
    });
}

#[test]
fn what_cannot_be_told_is_read_whole() {
    let told = Mutex::new(Vec::new());
    on_an_outer_server(|server| {
        let database = server.database();
        database.run(BASE).unwrap();
        let mut second = database.session();
        // A name in pg_catalog decides how others are written; roles are named everywhere and tied to nothing.
        for change in [
            "CREATE FUNCTION pg_catalog.f(int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "ALTER ROLE somebody RENAME TO somebody_else",
        ] {
            let mut session = database.session();
            session
                .execute("DO $$ BEGIN CREATE ROLE somebody; EXCEPTION WHEN duplicate_object THEN NULL; END $$")
                .unwrap();
            session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ").unwrap();
            let mut basis = Basis::read(&mut session).unwrap();
            session.execute(change).unwrap();
            assert!(basis.patched(&mut session, &mut second).unwrap().is_none(), "{change}");
            session.execute("ROLLBACK").unwrap();
        }
        // What decides the text of others is closed to the role.
        let closed = server.database();
        closed.run("CREATE TYPE public.e AS ENUM ('a'); REVOKE SELECT ON pg_catalog.pg_enum FROM PUBLIC").unwrap();
        closed.session().execute("ALTER ROLE somebody LOGIN").unwrap();
        let (mut session, mut beside) = (closed.session_as("somebody"), closed.session_as("somebody"));
        session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ").unwrap();
        let mut basis = Basis::read(&mut session).unwrap();
        assert!(basis.patched(&mut session, &mut beside).unwrap().is_none(), "pg_enum is closed");
        // A role is called otherwise, and where roles lie is closed to who did it.
        let mut chief = database.session();
        chief.execute("CREATE ROLE keeper CREATEROLE LOGIN").unwrap();
        chief.execute("GRANT somebody TO keeper WITH ADMIN OPTION").unwrap();
        let (mut session, mut beside) = (database.session_as("keeper"), database.session_as("keeper"));
        session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ").unwrap();
        let mut basis = Basis::read(&mut session).unwrap();
        session.execute("ALTER ROLE somebody RENAME TO somebody_else").unwrap();
        assert!(basis.patched(&mut session, &mut beside).unwrap().is_none(), "a role is called otherwise");
        session.execute("ROLLBACK").unwrap();
        // The other session is another role: it may see less.
        let mut session = begin(&database);
        let mut basis = Basis::read(&mut session).unwrap();
        let mut other = database.session_as("somebody");
        assert!(basis.patched(&mut session, &mut other).unwrap().is_none(), "another role");
        session.execute("ROLLBACK").unwrap();
        // Not one instant; written before; the same session twice: nothing is proven.
        let mut session = database.session();
        session.execute("BEGIN ISOLATION LEVEL READ COMMITTED").unwrap();
        let mut basis = Basis::read(&mut session).unwrap();
        assert!(basis.patched(&mut session, &mut second).unwrap().is_none());
        session.execute("ROLLBACK").unwrap();
        let mut session = begin(&database);
        session.execute("CREATE TABLE public.early ()").unwrap();
        let mut basis = Basis::read(&mut session).unwrap();
        assert!(basis.patched(&mut session, &mut second).unwrap().is_none());
        session.execute("ROLLBACK").unwrap();
        let mut session = begin(&database);
        let mut basis = Basis::read(&mut session).unwrap();
        let another = server.database();
        let mut elsewhere = another.session();
        assert!(basis.patched(&mut session, &mut elsewhere).unwrap().is_none());
        told.lock().unwrap().push(server.major());
    });
    assert!(!told.lock().unwrap().is_empty());
}

/// As an apply asks for it: in a large database only what was written is read, and it is the same.
#[test]
fn a_large_database_is_read_again_in_part() {
    on_an_outer_server(|server| {
        let database = server.database();
        database
            .run_plainly(
                "DO $$ BEGIN FOR i IN 1 .. 400 LOOP EXECUTE format('CREATE TABLE public.t%s (a int, b int, c int, d int, \
                 e int, f int, g int, h int)', i); END LOOP; END $$",
            )
            .unwrap();
        let (mut session, mut second) = (begin(&database), database.session());
        let mut basis = Basis::read(&mut session).unwrap();
        session.execute("ALTER TABLE public.t7 DROP COLUMN c, ADD COLUMN z text DEFAULT 'z'").unwrap();
        let again = basis.again(&mut session, &mut second).unwrap();
        assert!(basis.snapshot().objects.is_empty(), "all was read");
        assert_eq!(again, Snapshot::read(&mut session).unwrap());
    });
}
