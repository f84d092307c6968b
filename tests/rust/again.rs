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

/// Whether the second look did without reading everything; equal to that it must be.
fn looked_again(name: &str, mut basis: Basis, session: &mut Session, second: &mut Session) -> bool {
    let patched = basis.patched(session, second).unwrap();
    let whole = Snapshot::read(session).unwrap();
    let Some(patched) = patched else { return false };
    for (key, object) in &whole.objects {
        assert_eq!(patched.objects.get(key), Some(object), "{name}: {key}");
    }
    for key in patched.objects.keys() {
        assert!(whole.objects.contains_key(key), "{name}: {key} is gone");
    }
    for (address, key) in &whole.volatile.addresses {
        assert_eq!(patched.volatile.addresses.get(address), Some(key), "{name}: {address:?}");
    }
    for dependency in &whole.volatile.dependencies {
        assert!(patched.volatile.dependencies.contains(dependency), "{name}: {dependency:?} is missing");
    }
    for dependency in &patched.volatile.dependencies {
        assert!(whole.volatile.dependencies.contains(dependency), "{name}: {dependency:?} is too much");
    }
    assert!(patched == whole, "{name}: {:#?} {:#?}", patched.volatile, whole.volatile);
    true
}

#[test]
fn the_second_look_is_a_whole_one_on_every_case() {
    let (whole, all) = (Mutex::new(Vec::new()), AtomicUsize::new(0));
    support::on_every_case(|server, name, case| {
        let database = server.database();
        database.run(&std::fs::read_to_string(case.join("before.sql")).unwrap()).unwrap();
        let change = std::fs::read_to_string(case.join("change.sql")).unwrap();
        let (mut session, mut second, mut other) = (begin(&database), database.session(), database.session());
        let basis = Basis::read(&mut session).unwrap();
        run(&mut session, &change);
        // Somebody else, beside us.
        other.execute("CREATE SCHEMA beside CREATE TABLE t (id int PRIMARY KEY, a text DEFAULT 'x')").unwrap();
        other.execute("COMMENT ON TABLE beside.t IS 'not ours'").unwrap();
        all.fetch_add(1, Ordering::Relaxed);
        if !looked_again(name, basis, &mut session, &mut second) {
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
            let basis = Basis::read(&mut session).unwrap();
            session.execute(change).unwrap();
            if !looked_again(change, basis, &mut session, &mut second) {
                whole.push(change);
            }
            session.execute("ROLLBACK").unwrap();
        }
        assert!(whole.len() <= 4, "PostgreSQL {}: read whole: {whole:#?}", server.major());
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
