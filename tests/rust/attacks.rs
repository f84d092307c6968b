//! Attacks on the promises: each is what an author of changes and packages could try, and has to stop.

use std::collections::BTreeMap;

use pgwarrant::apply::Dossier;
use pgwarrant::apply::record::RunOutcome;
use pgwarrant::base::{Check, Coded as _};
use pgwarrant::catalog::Snapshot;
use pgwarrant::change;
use pgwarrant::checks;
use pgwarrant::contract::Contract;
use pgwarrant::package::Package;
use pgwarrant::pg::Purpose;
use pgwarrant::rehearsal::DryRun;
use pgwarrant::rows::guards;
use pgwarrant::script::Script;
use pgwarrant::warrant::{Operation, Warrant, authorise};

use crate::support;
use crate::support::Server;
use crate::support::world::{AGENT, World};

/// What the target holds: a table, a place where planted code leaves a trace, and that code.
const BASELINE: &str = "
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'builder') THEN CREATE ROLE builder LOGIN; END IF;
END $$;
CREATE SCHEMA app AUTHORIZATION builder;
SET ROLE builder;
CREATE TABLE app.t (id int PRIMARY KEY, a int);
INSERT INTO app.t VALUES (1, 1), (2, 1);
CREATE TABLE app.trace (said text);
CREATE FUNCTION app.planted() RETURNS int LANGUAGE plpgsql AS $$ BEGIN
    IF current_setting('transaction_read_only') = 'off' THEN INSERT INTO app.trace VALUES ('planted'); END IF;
    RETURN 1;
END $$;
CREATE VIEW app.v AS SELECT id FROM app.t WHERE app.planted() = 1;
";

const SCAFFOLD: &str = "CREATE SCHEMA app; CREATE TABLE app.t (id int PRIMARY KEY, a int); \
     CREATE VIEW app.v AS SELECT id FROM app.t; INSERT INTO app.t VALUES (1, 1);";

const SCRIPT: &str = "ALTER TABLE app.t ADD COLUMN b int;\nUPDATE app.t SET a = 2 WHERE id = 1;\n";

fn contract(more: &str) -> String {
    format!(
        "change attack\ntarget database attacked\nrole builder\n\nallow\n    ALTER TABLE\n    UPDATE\n    within schema app\n{more}"
    )
}

fn newest() -> Server {
    Server::start(support::servers().last().unwrap())
}

fn world<'s>(server: &'s Server, planted: &str, contract: &str) -> World<'s> {
    let files = BTreeMap::from([
        ("change.sql".to_owned(), SCRIPT.as_bytes().to_vec()),
        ("change.contract".to_owned(), contract.as_bytes().to_vec()),
        ("scaffold.sql".to_owned(), SCAFFOLD.as_bytes().to_vec()),
    ]);
    World::of(server, &files, &format!("{BASELINE}\n{planted}"))
}

fn traces(world: &World) -> i64 {
    let mut session = world.server.cluster.session_as("postgres", &world.database, Purpose::Look).unwrap();
    session.query_one("SELECT pg_catalog.count(*) FROM app.trace", &[]).unwrap().try_get(0).unwrap()
}

/// The package sealed again with one file rewritten: what a hostile author of packages can do before it is signed.
fn resealed(world: &mut World, name: &str, rewrite: impl Fn(Vec<u8>) -> Vec<u8>) {
    let package = Package::open(&world.package).unwrap();
    let mut files: BTreeMap<String, Vec<u8>> = package
        .manifest
        .files
        .iter()
        .map(|file| (file.name.clone(), package.file(&file.name).unwrap().to_vec()))
        .collect();
    let old = files.remove(name).unwrap();
    files.insert(name.to_owned(), rewrite(old));
    let folder = world.folder.path().join("resealed");
    Package::seal(&folder, &files, &package.manifest.change, AGENT, jiff::Timestamp::now()).unwrap();
    world.package = folder;
}

fn apply(world: &World) -> (String, Vec<String>) {
    match world.execute(Operation::Apply, "builder") {
        Ok(execution) => {
            let failed = execution.checks.iter().filter(|check| !check.passed()).map(|check| check.id.clone());
            (format!("{:?}", execution.outcome), failed.collect())
        }
        Err(failure) => (failure.code().to_owned(), Vec::new()),
    }
}

/// The honest case, so that every refusal below is the attack's.
#[test]
fn without_an_attack_it_passes_and_comes_back() {
    let server = newest();
    let world = world(&server, "", &contract(""));
    world.sign(&world.warrant(Operation::Apply, "builder"));
    assert_eq!(apply(&world), ("Pass".to_owned(), Vec::new()));
    world.sign(&world.warrant(Operation::Rollback, "builder"));
    let undone = world.execute(Operation::Rollback, "builder").unwrap();
    assert_eq!(undone.outcome, RunOutcome::Pass, "{:#?}", support::world::failed(&undone.checks));
}

#[test]
fn a_superseded_warrant_authorises_nothing_even_when_named() {
    let server = newest();
    let world = world(&server, "", &contract(""));
    let first = world.sign(&world.warrant(Operation::Apply, "builder"));
    let mut second = world.warrant(Operation::Apply, "builder");
    second.supersedes = Some(first.clone());
    second.because = Some("another role".into());
    let second = world.sign(&second);
    let package = Package::open(&world.package).unwrap();
    let choose = |name: &str| authorise::choose(&package, Operation::Apply, Some(name), |_| false);
    assert_eq!(choose(first.as_str()).unwrap_err().code(), "warrant.superseded");
    assert_eq!(choose(first.short()).unwrap_err().code(), "warrant.superseded");
    assert_eq!(choose(second.as_str()).unwrap().digest, second);
}

/// A used nonce becomes the name of a file.
#[test]
fn a_nonce_is_no_path() {
    let server = newest();
    let world = world(&server, "", &contract(""));
    for nonce in ["", ".", "../../escaped", "/tmp/escaped", "0123", "0123456789ABCDEF0123456789ABCDEF"] {
        let mut warrant = world.warrant(Operation::Apply, "builder");
        warrant.nonce = nonce.to_owned();
        let bytes = warrant.bytes().unwrap();
        assert_eq!(Warrant::read(&bytes).unwrap_err().code(), "warrant.malformed", "{nonce:?}");
    }
    assert!(Warrant::read(&world.warrant(Operation::Apply, "builder").bytes().unwrap()).is_ok());
}

/// A trigger that only the target has writes elsewhere.
#[test]
fn rows_written_behind_a_statement_are_seen() {
    let server = newest();
    let planted = "CREATE FUNCTION app.also() RETURNS trigger LANGUAGE plpgsql AS \
         $$ BEGIN INSERT INTO app.trace VALUES ('also'); RETURN NEW; END $$; \
         CREATE TRIGGER also AFTER UPDATE ON app.t FOR EACH ROW EXECUTE FUNCTION app.also();";
    let hidden = world(&server, planted, &contract(""));
    hidden.sign(&hidden.warrant(Operation::Apply, "builder"));
    assert_eq!(apply(&hidden), ("RolledBack".to_owned(), vec!["W-3".to_owned()]));
    assert_eq!(traces(&hidden), 0);
    drop(hidden);
    // What the contract speaks of was declared.
    let declared = world(&server, planted, &contract("\nafter\n    rows in app.trace = 1\n"));
    declared.sign(&declared.warrant(Operation::Apply, "builder"));
    assert_eq!(apply(&declared), ("Pass".to_owned(), Vec::new()));
    assert_eq!(traces(&declared), 1);
}

/// Rows of a large object lie in a catalog that the role may not read.
#[test]
fn writes_to_catalogs_that_cannot_be_read_are_counted() {
    let server = newest();
    let planted = "SELECT pg_catalog.lo_create(4242); \
         CREATE FUNCTION app.also() RETURNS trigger LANGUAGE plpgsql AS \
         $$ BEGIN PERFORM pg_catalog.lo_put(4242, 0, 'x'); RETURN NEW; END $$; \
         CREATE TRIGGER also AFTER UPDATE ON app.t FOR EACH ROW EXECUTE FUNCTION app.also();";
    let world = world(&server, planted, &contract(""));
    world.sign(&world.warrant(Operation::Apply, "builder"));
    assert_eq!(apply(&world), ("RolledBack".to_owned(), vec!["W-1".to_owned()]));
}

/// Without counting there are no row effects.
#[test]
fn a_role_that_does_not_count_rows_is_refused() {
    let server = newest();
    let world = world(&server, "", &contract(""));
    world.sign(&world.warrant(Operation::Apply, "builder"));
    world.sql("ALTER ROLE builder SET track_counts = off");
    assert_eq!(apply(&world).0, "pg.pin");
}

/// A view that the contract counts calls code of the target, which behaves as long as it cannot write.
#[test]
fn our_own_questions_cannot_write() {
    let server = newest();
    let world = world(&server, "", &contract("\nbefore\n    rows in app.v = 2\n\nafter\n    rows in app.v = 2\n"));
    world.sign(&world.warrant(Operation::Apply, "builder"));
    assert_eq!(apply(&world), ("Pass".to_owned(), Vec::new()));
    assert_eq!(traces(&world), 0);
}

/// What a rollback guards is written in a file of the package, and becomes SQL.
#[test]
fn a_guard_cannot_carry_sql() {
    let server = newest();
    for (table, column, default) in [
        ("(SELECT app.planted()) s, app.t", "b", None),
        ("app.t", "b", Some("app.planted()")),
        ("app.t", "b) FROM app.t t, (SELECT app.planted()", None),
        ("app.nowhere", "b", None),
    ] {
        let mut world = world(&server, "", &contract(""));
        resealed(&mut world, "dry_run.json", |bytes| {
            let mut dry_run: DryRun = serde_json::from_slice(&bytes).unwrap();
            let guard =
                serde_json::json!({"guard": "column_untouched", "table": table, "column": column, "default": default});
            dry_run.inverse.guards = vec![serde_json::from_value(guard).unwrap()];
            serde_json::to_vec(&dry_run).unwrap()
        });
        world.sign(&world.warrant(Operation::Apply, "builder"));
        assert_eq!(apply(&world).0, "rows.unknown-guard", "{table} {column} {default:?}");
        assert_eq!(traces(&world), 0);
    }
}

/// A rollback that drops what no guard looks at.
#[test]
fn a_package_without_guards_rolls_nothing_back() {
    let server = newest();
    let mut world = world(&server, "", &contract(""));
    resealed(&mut world, "dry_run.json", |bytes| {
        let mut dry_run: DryRun = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(dry_run.inverse.guards.len(), 1);
        dry_run.inverse.guards.clear();
        serde_json::to_vec(&dry_run).unwrap()
    });
    world.sign(&world.warrant(Operation::Apply, "builder"));
    assert_eq!(apply(&world).0, "Pass");
    world.sign(&world.warrant(Operation::Rollback, "builder"));
    let stopped = world.execute(Operation::Rollback, "builder").unwrap();
    assert_eq!(stopped.outcome, RunOutcome::Blocked, "{:#?}", stopped.checks);
    assert_eq!(support::world::failed(&stopped.checks)[0].id, "G-0");
}

/// What a run left beside the package, rewritten to fit the rows that came since.
#[test]
fn what_was_measured_after_the_change_cannot_be_rewritten() {
    let server = newest();
    let world = world(&server, "", &contract(""));
    world.sign(&world.warrant(Operation::Apply, "builder"));
    let applied = world.execute(Operation::Apply, "builder").unwrap();
    world.sql("UPDATE app.t SET b = 7");
    let mut session = world.server.cluster.session_as("postgres", &world.database, Purpose::Look).unwrap();
    session.execute("BEGIN").unwrap();
    let snapshot = Snapshot::read(&mut session).unwrap();
    let dossier = Dossier::open(&world.package).unwrap();
    let now = guards::measure(&mut session, dossier.guards(), &snapshot).unwrap();
    session.execute("ROLLBACK").unwrap();
    std::fs::write(world.package.join(&applied.run).join("guarded.json"), serde_json::to_vec(&now).unwrap()).unwrap();
    world.sign(&world.warrant(Operation::Rollback, "builder"));
    let stopped = world.execute(Operation::Rollback, "builder").unwrap();
    assert_eq!(stopped.outcome, RunOutcome::Blocked, "{:#?}", stopped.checks);
    assert!(stopped.statements.is_empty());
}

#[test]
fn the_rollback_of_a_package_is_the_one_rehearsed() {
    let server = newest();
    let mut world = world(&server, "", &contract(""));
    resealed(&mut world, "rollback.sql", |mut bytes| {
        bytes.extend_from_slice(b"\nUPDATE app.t SET a = 0;\n");
        bytes
    });
    assert_eq!(apply(&world).0, "apply.phase-not-passed");
}

/// A rollback has no contract; so it holds nothing that no delta would show.
#[test]
fn a_rollback_does_nothing_that_no_delta_shows() {
    let mut passed = Vec::new();
    let read = |text: &str| change::rollback_steps(&Script::read(text.as_bytes()).unwrap());
    for text in [
        "DELETE FROM app.t;",
        "TRUNCATE app.t;",
        "SELECT pg_catalog.setval('app.s', 1);",
        "SELECT 1 INTO app.x;",
        "COPY app.t TO PROGRAM 'cat';",
        "COPY app.t TO '/tmp/x';",
        "NOTIFY somebody;",
        "LOAD 'x';",
        "LOCK TABLE app.t;",
        "ALTER ROLE builder SUPERUSER;",
        "CREATE ROLE other;",
        "DROP ROLE other;",
        "GRANT owner TO builder;",
        "REVOKE owner FROM builder;",
        "ALTER DATABASE attacked SET search_path = app;",
        "ALTER SYSTEM SET fsync = off;",
        "ALTER ROLE builder IN DATABASE attacked SET search_path = app;",
        "ALTER FUNCTION pg_catalog.pg_sleep(double precision) OWNER TO builder;",
        "UPDATE pg_catalog.pg_authid SET rolsuper = true;",
        "UPDATE app.t SET a = app.planted();",
        "INSERT INTO app.t SELECT app.planted();",
        "WITH gone AS (DELETE FROM app.t RETURNING *) UPDATE app.u SET a = 1;",
        "WITH gone AS (DELETE FROM app.t RETURNING *) INSERT INTO app.u TABLE gone;",
        "CREATE TABLE app.x AS SELECT app.planted();",
        "CREATE TABLE app.x AS WITH gone AS (DELETE FROM app.t RETURNING *) SELECT * FROM gone;",
        "DO $$ BEGIN END $$;",
        "CALL app.p();",
        "EXPLAIN ANALYZE SELECT app.planted();",
        "PREPARE x AS SELECT 1;",
        "DECLARE c CURSOR FOR SELECT app.planted();",
        "SET LOCAL search_path = app;",
        "DROP TABLE app.t CASCADE;",
        "CREATE SUBSCRIPTION s CONNECTION 'host=x' PUBLICATION p;",
        "REASSIGN OWNED BY builder TO postgres;",
        "DROP OWNED BY builder;",
        "ALTER FUNCTION pg_catalog.now() COST 7;",
        "DROP FUNCTION pg_catalog.now();",
        "REFRESH MATERIALIZED VIEW app.m;",
        "ANALYZE app.t;",
        "CHECKPOINT;",
        "DISCARD TEMP;",
    ] {
        if read(text).is_ok() {
            passed.push(text);
        }
    }
    assert!(passed.is_empty(), "{passed:#?}");
    for text in [
        "DROP TABLE app.t;",
        "ALTER TABLE app.t DROP COLUMN b;",
        "UPDATE app.t SET a = 1 WHERE a = 2;",
        "COMMENT ON TABLE app.t IS NULL;",
        "REVOKE SELECT ON app.t FROM PUBLIC;",
        "REVOKE EXECUTE ON FUNCTION pg_catalog.pg_ls_waldir() FROM reader;",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA app REVOKE SELECT ON TABLES FROM PUBLIC;",
        "CREATE FUNCTION app.f() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';",
        // A snapshot reads these too, so that a delta shows them.
        "CREATE SERVER s FOREIGN DATA WRAPPER w;",
        "SECURITY LABEL ON TABLE app.t IS 'x';",
        "ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO PUBLIC;",
        "ALTER LARGE OBJECT 4242 OWNER TO builder;",
        "REVOKE EXECUTE ON FUNCTION pg_catalog.pg_sleep(double precision) FROM builder;",
        "DROP EXTENSION pg_trgm;",
    ] {
        assert!(read(text).is_ok(), "{text}");
    }
}

/// Statements that run or reach what the text does not show, with a contract that allows every command they use.
#[test]
fn a_wide_contract_still_hides_nothing() {
    let wide = "change wide\nallow\n    CREATE TABLE\n    CREATE TABLE AS\n    CREATE VIEW\n    CREATE FUNCTION\n    CREATE INDEX\n    \
         ALTER TABLE\n    UPDATE\n    INSERT\n    DELETE\n    SELECT\n    SELECT INTO\n    CREATE TRIGGER\n    CREATE MATERIALIZED VIEW\n    \
         within schema app\n";
    let contract = Contract::read(wide.as_bytes()).unwrap();
    let mut passed = Vec::new();
    for text in [
        "UPDATE app.t SET a = app.planted();",
        "UPDATE app.t SET a = pg_catalog.pg_read_file('/etc/passwd')::int;",
        "UPDATE app.t SET a = pg_catalog.lo_export(1, '/tmp/x');",
        "UPDATE app.t SET a = pg_catalog.setval('app.s', 1);",
        "UPDATE app.t SET b = pg_catalog.set_config('role', 'postgres', false);",
        "UPDATE app.t SET b = pg_catalog.query_to_xml('select 1', true, true, '');",
        "UPDATE app.t SET b = pg_catalog.pg_notify('a', 'b')::text;",
        "UPDATE app.t SET b = pg_catalog.pg_terminate_backend(1);",
        "UPDATE app.t SET b = pg_catalog.lo_put(1, 0, 'x')::text;",
        "UPDATE app.t SET b = pg_catalog.pg_logical_emit_message(false, 'a', 'b')::text;",
        "UPDATE app.t SET b = pg_catalog.ts_rewrite('a'::tsquery, 'select 1')::text;",
        "UPDATE app.t SET a = 1 OPERATOR(app.+) 2;",
        "UPDATE app.t SET a = (SELECT 1 FROM pg_catalog.pg_sleep(1));",
        "CREATE TABLE app.x AS SELECT app.planted();",
        "ALTER TABLE app.t ADD COLUMN c int DEFAULT app.planted();",
        "ALTER TABLE app.t ALTER COLUMN a TYPE bigint USING app.planted();",
        "ALTER TABLE app.t ADD CONSTRAINT c CHECK (app.planted() = 1);",
        "CREATE INDEX x ON app.t (app.planted(a));",
        "CREATE MATERIALIZED VIEW app.m AS SELECT app.planted();",
        "SELECT pg_catalog.pg_sleep(1);",
        "CREATE FUNCTION app.f() RETURNS int LANGUAGE internal AS 'x';",
        "CREATE FUNCTION app.f() RETURNS int LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN 1; END';",
        "WITH x AS (DELETE FROM public.t RETURNING *) UPDATE app.t SET a = 1;",
        "INSERT INTO app.t SELECT * FROM pg_catalog.pg_ls_dir('/');",
        "INSERT INTO app.t SELECT pg_catalog.dblink_exec('x', 'y');",
    ] {
        let script = Script::read(text.as_bytes()).unwrap();
        if checks::check(&script, Some(&contract), &checks::Context::default()).unwrap().passed() {
            passed.push(text);
        }
    }
    assert!(passed.is_empty(), "{passed:#?}");
}

/// A command that the contract does not allow, inside one that it does.
#[test]
fn a_write_inside_another_has_to_be_allowed_too() {
    let narrow = Contract::read(b"change narrow\nallow\n    UPDATE\n    within schema app\n").unwrap();
    let passes = |text: &str| {
        let script = Script::read(text.as_bytes()).unwrap();
        checks::check(&script, Some(&narrow), &checks::Context::default()).unwrap().passed()
    };
    assert!(passes("UPDATE app.t SET a = 1 WHERE a = 2;"));
    for text in [
        "WITH gone AS (DELETE FROM app.t RETURNING id) UPDATE app.t SET a = 1 WHERE a = 2;",
        "WITH more AS (INSERT INTO app.t VALUES (3, 3) RETURNING id) UPDATE app.t SET a = 1 WHERE a = 2;",
        "WITH a AS (WITH b AS (DELETE FROM app.t RETURNING id) SELECT id FROM b) UPDATE app.t SET a = 1 WHERE a = 2;",
    ] {
        assert!(!passes(text), "{text}");
    }
}

/// Nothing passes for want of evidence.
#[test]
fn a_check_that_was_not_run_has_not_passed() {
    assert!(!Check::not_run("x", "x", "x", "x").passed());
}
