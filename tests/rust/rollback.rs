//! Rollbacks: what was written since the change stops them, under whatever name it stands by now, and what one that was
//! written by hand leaves behind is said.

use std::collections::BTreeMap;

use pgwarrant::apply::record::RunOutcome;
use pgwarrant::base::{Interrupt, Outcome};
use pgwarrant::change::Change;
use pgwarrant::pg::Environment;
use pgwarrant::rehearsal::{self, Base, DryRun, Options};
use pgwarrant::warrant::Operation;

use crate::support;
use crate::support::world::{World, failed};
use crate::support::{Server, discovery};

const CONTRACT: &str = "change undone\ntarget database undone\nrole builder\n\nallow\n    ALTER TABLE\n    CREATE TABLE\n    SET\n    permit rename\n    within schema app\n";
const SCAFFOLD: &str = "CREATE SCHEMA app; CREATE TABLE app.t (id int PRIMARY KEY, note text, measure real);";
const BASELINE: &str = "
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'builder') THEN CREATE ROLE builder LOGIN; END IF;
END $$;
CREATE SCHEMA app AUTHORIZATION builder;
SET ROLE builder;
CREATE TABLE app.t (id int PRIMARY KEY, note text, measure real);
INSERT INTO app.t VALUES (1, 'a', 0.5);
";

fn files(script: &str, rollback: Option<&str>) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::from([
        ("change.sql".to_owned(), format!("SET LOCAL lock_timeout = '2s';\n{script}").into_bytes()),
        ("change.contract".to_owned(), CONTRACT.as_bytes().to_vec()),
        ("scaffold.sql".to_owned(), SCAFFOLD.as_bytes().to_vec()),
    ]);
    files.extend(rollback.map(|text| ("rollback.sql".to_owned(), text.as_bytes().to_vec())));
    files
}

fn newest() -> Server {
    Server::start(support::servers().last().unwrap())
}

/// Each change is applied twice: once nothing is written and it comes back, once it is written to and stays.
#[test]
fn what_was_written_since_stops_a_rollback_with_the_counts() {
    let server = newest();
    for (script, written, counts) in [
        ("CREATE TABLE app.n (id int);", "INSERT INTO app.n VALUES (1), (2)", "2 rows, 2 of them"),
        ("ALTER TABLE app.t ADD COLUMN b int DEFAULT 7;", "UPDATE app.t SET b = 8", "1 rows, 1 of them"),
        // Under other names: the old table stands by while a new one bears its name.
        (
            "ALTER TABLE app.t RENAME TO old;\nALTER TABLE app.old ADD COLUMN b int;\nCREATE TABLE app.t (id int);",
            "INSERT INTO app.t VALUES (1)",
            "1 rows, 1 of them",
        ),
        (
            "ALTER TABLE app.t RENAME TO old;\nALTER TABLE app.old RENAME COLUMN note TO n;\nALTER TABLE app.old ADD COLUMN note int;",
            "UPDATE app.old SET note = 1",
            "1 rows, 1 of them",
        ),
        // Back in the narrower type the value would be another.
        (
            "ALTER TABLE app.t ALTER COLUMN measure TYPE double precision;",
            "UPDATE app.t SET measure = 0.123456789012",
            "1 rows, 1 of them",
        ),
    ] {
        for write in [None, Some(written)] {
            let world = World::of(&server, &files(script, None), BASELINE);
            let before = world.dump();
            world.sign(&world.warrant(Operation::Apply, "builder"));
            assert_eq!(world.code("builder"), "PASS", "{script}");
            world.sign(&world.warrant(Operation::Rollback, "builder"));
            if let Some(write) = write {
                world.sql(write);
            }
            let run = world.execute(Operation::Rollback, "builder").unwrap();
            let failed = failed(&run.checks);
            if write.is_none() {
                assert_eq!(run.outcome, RunOutcome::Pass, "{script}: {failed:#?}");
                assert_eq!(world.dump(), before, "{script}");
            } else {
                assert_eq!(run.outcome, RunOutcome::Blocked, "{script}: {failed:#?}");
                assert!(failed.iter().any(|check| check.observed.contains(counts)), "{script}: {failed:#?}");
                assert!(run.statements.is_empty(), "{script}");
            }
        }
    }
}

fn dry_run(server: &Server, rollback: &str) -> DryRun {
    let change = Change::read(&files("CREATE TABLE app.a (id int);\nCREATE TABLE app.b (id int);", Some(rollback)));
    let options = Options {
        major: Some(server.major()),
        base: Base::Structural,
        target: None,
        role: None,
        discovery: &discovery(),
        environment: &Environment::default(),
        interrupt: &Interrupt::default(),
    };
    rehearsal::dry_run(&change.unwrap(), &options).unwrap()
}

#[test]
fn what_a_rollback_by_hand_leaves_behind_is_said() {
    let server = newest();
    for (rollback, outcome, said) in [
        ("DROP TABLE app.b;\nDROP TABLE app.a;", Outcome::Pass, None),
        ("DROP TABLE app.a;", Outcome::Pass, Some("table app.b")),
        ("DROP TABLE app.nothing;", Outcome::Fail, Some("does not exist")),
    ] {
        let run = dry_run(&server, rollback);
        let check = run.checks.iter().find(|check| check.id == "U-1").unwrap();
        assert_eq!((run.outcome, run.rollback.as_str()), (outcome, rollback), "{check:#?}");
        assert_eq!(run.proof.undone.as_ref() == Some(&run.proof.before), said.is_none(), "{check:#?}");
        let text = format!("{} {}", check.observed, check.because.clone().unwrap_or_default());
        assert!(said.is_none_or(|said| text.contains(said)), "{check:#?}");
    }
}
