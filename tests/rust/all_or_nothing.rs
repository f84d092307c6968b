//! All or nothing, on every major: what a target plants beside a change, and what others do at the same time.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use pgwarrant::apply::recovery::{self, Standing};
use pgwarrant::apply::{ApplyError, Execution};
use pgwarrant::base::{Check, Coded as _, Interrupt};
use pgwarrant::journal::Journal;
use pgwarrant::package::Package;
use pgwarrant::pg::{Environment, Purpose, Session};
use pgwarrant::warrant::Operation;

use crate::support::world::World;
use crate::support::{Server, on_an_outer_server, on_servers};

/// Code that is there before the change and does what the only row of a table says: rows are no drift, so that one
/// package meets one attack after the other. And names that would be taken for the server's own.
const BASELINE: &str = r"
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'deploy') THEN CREATE ROLE deploy LOGIN; END IF;
    EXECUTE format('GRANT CREATE ON DATABASE %I TO deploy', current_database());
END $$;
CREATE SCHEMA app AUTHORIZATION deploy;
CREATE SCHEMA evil AUTHORIZATION deploy;
SET ROLE deploy;
CREATE TABLE app.t (id int PRIMARY KEY);
CREATE TABLE app.u (id int PRIMARY KEY, name text);
INSERT INTO app.u VALUES (1, 'ADA'), (2, 'grace');
CREATE TABLE app.attack (what text);
INSERT INTO app.attack VALUES ('nothing');
CREATE TABLE app.trace (said text);
CREATE FUNCTION app.is(text) RETURNS bool LANGUAGE sql AS 'SELECT EXISTS (SELECT FROM app.attack WHERE what OPERATOR(pg_catalog.=) $1)';

CREATE FUNCTION app.smuggle() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
    IF tg_tag <> 'ALTER TABLE' THEN RETURN; END IF;
    IF app.is('a schema') THEN CREATE SCHEMA smuggled; END IF;
    IF app.is('a comment') THEN COMMENT ON TABLE app.u IS 'smuggled'; END IF;
    IF app.is('a grant') THEN GRANT SELECT ON app.u TO PUBLIC; END IF;
    IF app.is('a function') THEN CREATE FUNCTION app.more() RETURNS int LANGUAGE sql AS 'SELECT 1'; END IF;
    IF app.is('an index') THEN CREATE INDEX more ON app.trace (said); END IF;
    IF app.is('rows') THEN INSERT INTO app.trace VALUES ('smuggled'); END IF;
    IF app.is('rows gone') THEN DELETE FROM app.attack WHERE what = 'rows gone'; END IF;
    IF app.is('strings') THEN PERFORM pg_catalog.set_config('standard_conforming_strings', 'off', false); END IF;
    IF app.is('a path') THEN PERFORM pg_catalog.set_config('search_path', 'evil, pg_catalog', false); END IF;
    IF app.is('constraints') THEN SET CONSTRAINTS ALL DEFERRED; END IF;
    IF app.is('a refusal') THEN RAISE 'no'; END IF;
    IF app.is('a sleep') THEN PERFORM pg_catalog.pg_sleep(300); END IF;
END $$;

CREATE FUNCTION app.dml() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF app.is('hidden rows') THEN INSERT INTO app.trace VALUES ('hidden'); END IF;
    IF app.is('hidden schema') THEN EXECUTE 'CREATE SCHEMA hidden'; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER dml BEFORE UPDATE ON app.u FOR EACH ROW EXECUTE FUNCTION app.dml();

CREATE FUNCTION app.late() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF app.is('late rows') OR app.is('constraints') THEN INSERT INTO app.trace VALUES ('late'); END IF;
    IF app.is('late refusal') THEN RAISE 'late'; END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER late AFTER UPDATE ON app.u DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION app.late();

-- What the path of the role would find before the server's own.
CREATE FUNCTION evil.lower(text) RETURNS text LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO app.trace VALUES ('lower'); RETURN $1; END $$;
CREATE FUNCTION evil.equal(text, text) RETURNS bool LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO app.trace VALUES ('='); RETURN true; END $$;
CREATE OPERATOR evil.= (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.equal);
CREATE FUNCTION evil.pg_backend_pid() RETURNS int LANGUAGE sql AS 'SELECT 1';
RESET ROLE;
CREATE EVENT TRIGGER smuggle ON ddl_command_end EXECUTE FUNCTION app.smuggle();
ALTER ROLE deploy SET search_path = evil, pg_catalog;
ALTER ROLE deploy SET standard_conforming_strings = off;
ALTER ROLE deploy SET lock_timeout = '1h';
";

const SCAFFOLD: &str = "CREATE SCHEMA app; CREATE TABLE app.t (id int PRIMARY KEY); \
     CREATE TABLE app.u (id int PRIMARY KEY, name text); INSERT INTO app.u VALUES (1, 'ADA');";

const SCRIPT: &str = r"UPDATE app.u SET name = lower(name) WHERE name = 'ADA';
ALTER TABLE app.t ADD COLUMN b int;
COMMENT ON TABLE app.t IS 'back\slash';
";

const CONTRACT: &str = "change whole\ntarget database whole\nrole deploy\n\nallow\n    ALTER TABLE\n    UPDATE\n    COMMENT\n    \
     within schema app\n";

fn files(script: &str) -> BTreeMap<String, Vec<u8>> {
    [("change.sql", script), ("change.contract", CONTRACT), ("scaffold.sql", SCAFFOLD)]
        .map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()))
        .into()
}

/// Outcome and the checks that failed, or the code of the refusal.
fn told(result: &Result<Execution, ApplyError>) -> String {
    match result {
        Ok(execution) => {
            let failed = execution.checks.iter().filter(|check| !check.passed()).map(|check| check.id.as_str());
            let error = execution.error.iter().map(|error| error.sqlstate.as_str());
            let words: Vec<&str> = failed.chain(error).collect();
            format!("{:?} {}", execution.outcome, words.join(" ")).trim_end().to_owned()
        }
        Err(failure) => failure.code().to_owned(),
    }
}

/// A new decision each time, and what it comes to.
fn run(world: &World<'_>) -> Result<Execution, ApplyError> {
    for old in std::fs::read_dir(world.package.join("warrants")).unwrap() {
        std::fs::remove_file(old.unwrap().path()).unwrap();
    }
    world.sign(&world.warrant(Operation::Apply, "deploy"));
    world.execute(Operation::Apply, "deploy")
}

fn attacked(world: &World<'_>, what: &str) -> String {
    world.sql(&format!("UPDATE app.attack SET what = '{what}'"));
    told(&run(world))
}

fn number(world: &World<'_>, sql: &str) -> i64 {
    let mut session = world.server.cluster.session_as("postgres", &world.database, Purpose::Look).unwrap();
    session.query_one(sql, &[]).unwrap().get(0)
}

fn rows(world: &World<'_>) -> [i64; 3] {
    ["app.trace", "app.attack", "app.u WHERE name = 'ADA'"]
        .map(|table| number(world, &format!("SELECT pg_catalog.count(*) FROM {table}")))
}

#[test]
fn what_a_target_plants_is_neutralised_or_refused() {
    on_servers(|server| {
        let world = World::of(server, &files(SCRIPT), BASELINE);
        let before = world.dump();
        let mut wrong = Vec::new();
        // Each way in on every major, and all that can be done there on the newest.
        let newest = server.major() >= 18;
        for (what, wanted, everywhere) in [
            ("a schema", "RolledBack D-2", true),
            ("a comment", "RolledBack D-2", false),
            ("a grant", "RolledBack D-2", false),
            ("a function", "RolledBack D-2", false),
            ("an index", "RolledBack D-2", false),
            ("rows", "RolledBack W-3", true),
            ("rows gone", "RolledBack W-3", false),
            ("strings", "RolledBack D-2 T-4", true),
            ("a path", "catalog.search-path", false),
            ("constraints", "RolledBack W-3", false),
            ("a refusal", "Blocked P0001", false),
            ("hidden rows", "RolledBack W-3", true),
            ("hidden schema", "RolledBack D-2", false),
            ("late rows", "RolledBack W-3", true),
            ("late refusal", "Blocked P0001", true),
        ] {
            if !everywhere && !newest {
                continue;
            }
            let told = attacked(&world, what);
            // More than one check may object.
            if !told.starts_with(wanted) {
                wrong.push(format!("{what}: {told}"));
            }
            if world.dump() != before || rows(&world) != [0, 1, 1] {
                wrong.push(format!("{what}: something is left, {:?}", rows(&world)));
            }
        }
        assert!(wrong.is_empty(), "PostgreSQL {}: {wrong:#?}", server.major());
        // Without an attack it passes: the names and the settings of the role were never asked.
        assert_eq!(attacked(&world, "nothing"), "Pass");
        assert_eq!(rows(&world), [0, 1, 0]);
        let back = "SELECT pg_catalog.count(*) FROM pg_catalog.pg_description WHERE description = 'back\\slash'";
        assert_eq!(number(&world, back), 1);
        assert_eq!(number(&world, "SELECT pg_catalog.count(*) FROM app.u WHERE name = 'ada'"), 1);
    });
}

/// A statement that does not end is ended: it holds locks.
#[test]
fn what_takes_too_long_is_ended() {
    on_an_outer_server(|server| {
        let world = World::of(server, &files(SCRIPT), BASELINE);
        let before = world.dump();
        std::fs::write(world.folder.path().join("policy.json"), r#"{"max_transaction_seconds": 8}"#).unwrap();
        let begun = Instant::now();
        let told = attacked(&world, "a sleep");
        // By the statement's timeout, or (from 17 on) by the transaction's.
        assert!(["Blocked 57014", "Blocked 25P04"].contains(&told.as_str()), "PostgreSQL {}: {told}", server.major());
        assert!(begun.elapsed() < Duration::from_secs(100));
        assert_eq!(world.dump(), before);
        assert_eq!(rows(&world), [0, 1, 1]);
    });
}

fn holder(server: &Server, statements: &[&str]) -> Session {
    let mut session = server.cluster.session_as("deploy", "whole", Purpose::Change).unwrap();
    session.execute("BEGIN").unwrap();
    for statement in statements {
        session.execute(statement).unwrap();
    }
    session
}

/// Somebody's long transaction: the run does not stand in the queue, where everybody behind it would wait too.
#[test]
fn a_long_transaction_in_the_way_is_named() {
    on_servers(|server| {
        let world = World::of(server, &files(SCRIPT), BASELINE);
        let before = world.dump();
        world.sign(&world.warrant(Operation::Apply, "deploy"));
        let reader = holder(server, &["SELECT 1 FROM app.t"]);
        let begun = Instant::now();
        // Nobody ever waits for a lock of ours meanwhile.
        let stop = std::sync::atomic::AtomicBool::new(false);
        let (failure, queued) = std::thread::scope(|scope| {
            let watching = scope.spawn(|| {
                let mut session = server.cluster.session_as("postgres", "whole", Purpose::Look).unwrap();
                let sql = "SELECT pg_catalog.count(*) FROM pg_catalog.pg_locks WHERE NOT granted";
                let mut queued = 0;
                while !stop.load(std::sync::atomic::Ordering::SeqCst) {
                    queued += session.query_one(sql, &[]).unwrap().get::<_, i64>(0);
                    std::thread::sleep(Duration::from_millis(5));
                }
                queued
            });
            let failure = world.execute(Operation::Apply, "deploy").unwrap_err();
            stop.store(true, std::sync::atomic::Ordering::SeqCst);
            (failure, watching.join().unwrap())
        });
        assert_eq!(failure.code(), "apply.in-the-way", "{failure}");
        assert_eq!(queued, 0);
        let other = &failure.facts()["others"][0];
        assert_eq!(other["pid"], reader.backend_pid());
        assert_eq!(other["on"], "app.t");
        assert!(other["age_s"].as_f64().unwrap() >= 3.0 && other["query_start"].is_string(), "{other}");
        assert!(begun.elapsed() < Duration::from_secs(40), "{:?}", begun.elapsed());
        assert_eq!(world.dump(), before);
        drop(reader);
        // A lock that another run of ours holds is told apart.
        let key = format!("pgwarrant:{}", server.cluster.system_identifier());
        let lock = format!("SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('{key}', 0))");
        let other_run = holder(server, &[&lock]);
        assert_eq!(told(&world.execute(Operation::Apply, "deploy")), "apply.locked");
        drop(other_run);
        // The same decision is still good.
        assert_eq!(told(&world.execute(Operation::Apply, "deploy")), "Pass");
    });
}

/// Traffic that never leaves a gap, each of it short: a lock gets its turn between one and the next.
#[test]
fn short_transactions_without_a_gap_are_nobody_in_the_way() {
    on_an_outer_server(|server| {
        let world = World::of(server, &files(SCRIPT), BASELINE);
        world.sign(&world.warrant(Operation::Apply, "deploy"));
        let stop = std::sync::atomic::AtomicBool::new(false);
        let traffic = std::sync::Mutex::new(0);
        let result = std::thread::scope(|scope| {
            scope.spawn(|| {
                // Each ends only when the next one holds its lock, or has to wait for somebody who came before it.
                let mut two: [Session; 2] = std::array::from_fn(|_| {
                    let mut session = server.cluster.session_as("postgres", "whole", Purpose::Change).unwrap();
                    session.execute("SET lock_timeout = '200ms'").unwrap();
                    session
                });
                while !stop.load(std::sync::atomic::Ordering::SeqCst) {
                    two.swap(0, 1);
                    let [next, last] = &mut two;
                    next.execute("BEGIN").unwrap();
                    let had = next.execute("SELECT 1 FROM app.t").is_ok();
                    std::thread::sleep(Duration::from_millis(50));
                    last.execute("ROLLBACK").unwrap();
                    *traffic.lock().unwrap() += u32::from(had);
                }
            });
            while *traffic.lock().unwrap() < 2 {
                std::thread::sleep(Duration::from_millis(5));
            }
            let result = world.execute(Operation::Apply, "deploy");
            stop.store(true, std::sync::atomic::Ordering::SeqCst);
            result
        });
        assert_eq!(told(&result), "Pass");
    });
}

fn attempts(world: &World<'_>) -> usize {
    let mut runs: Vec<_> =
        std::fs::read_dir(world.package.join("runs")).unwrap().map(|run| run.unwrap().path()).collect();
    runs.retain(|run| run.join("journal.jsonl").is_file());
    runs.sort();
    let journal = std::fs::read_to_string(runs.last().unwrap().join("journal.jsonl")).unwrap();
    journal.lines().filter(|line| line.contains("\"event\":\"transaction\"")).count()
}

/// A lock that no look foresees (of a row): the whole transaction is tried again, a few times, and then given up.
#[test]
fn a_lock_that_is_not_had_is_tried_for_again() {
    on_an_outer_server(|server| {
        let world = World::of(server, &files(SCRIPT), BASELINE);
        let before = world.dump();
        let row = "SELECT id FROM app.u WHERE id = 1 FOR UPDATE";
        let held = holder(server, &[row]);
        let begun = Instant::now();
        let result = run(&world);
        assert_eq!(told(&result), "Blocked 55P03");
        assert_eq!(attempts(&world), 3);
        assert!(begun.elapsed() > Duration::from_secs(9) && begun.elapsed() < Duration::from_secs(60));
        assert_eq!(world.dump(), before);
        assert_eq!(rows(&world), [0, 1, 1]);
        drop(held);
        let held = holder(server, &[row]);
        let released = std::thread::scope(|scope| {
            scope.spawn(|| {
                // Not before the first attempt waits for it.
                let mut session = server.cluster.session_as("postgres", "whole", Purpose::Look).unwrap();
                let sql = "SELECT pg_catalog.count(*) FROM pg_catalog.pg_locks WHERE NOT granted";
                let waits = |session: &mut Session| session.query_one(sql, &[]).unwrap().get::<_, i64>(0) > 0;
                while !waits(&mut session) {
                    std::thread::sleep(Duration::from_millis(10));
                }
                while waits(&mut session) {
                    std::thread::sleep(Duration::from_millis(10));
                }
                drop(held);
            });
            run(&world)
        });
        assert_eq!(told(&released), "Pass");
        assert_eq!(attempts(&world), 2);
        let checks = released.unwrap().checks;
        let said: Vec<&Check> = checks.iter().filter(|check| check.id == "L-1").collect();
        assert_eq!(said.len(), 1);
        assert_eq!(rows(&world), [0, 1, 0]);
        // One that died between two attempts had nothing open: nobody has to be asked.
        for (ends, standing) in [("transaction", Standing::Unresolved), ("retry", Standing::NotBegun)] {
            let package = Package::open(&world.package).unwrap();
            let folder = package.runs().join(format!("20990101T000000Z-{ends}"));
            std::fs::create_dir(&folder).unwrap();
            let clock = jiff::Timestamp::now;
            let mut journal = Journal::create(&folder.join("journal.jsonl"), &package.digest, clock).unwrap();
            for event in ["run", "intent", "transaction", "retry"] {
                journal.append(event, serde_json::json!({})).unwrap();
                if event == ends {
                    break;
                }
            }
            drop(journal);
            let status = recovery::status(&package, None, &Environment::default(), &Interrupt::default()).unwrap();
            assert_eq!(status.runs.last().unwrap().standing, standing, "{ends}");
            std::fs::remove_dir_all(&folder).unwrap();
        }
    });
}
