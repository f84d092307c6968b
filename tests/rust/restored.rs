//! The dry run on a restored base: a live target's schema, and the rows that matter, copied into a throw-away cluster.
//! The target is only read.

use std::collections::BTreeMap;

use pgwarrant::base::{Check, Coded as _, Interrupt, Outcome};
use pgwarrant::change::Change;
use pgwarrant::cluster::Discovery;
use pgwarrant::pg::{Environment, Purpose};
use pgwarrant::rehearsal::{self, Base, DryRun, Options, RehearsalError};

use crate::support;
use crate::support::world::{baseline, dump, example};
use crate::support::{Database, Server};

type Files = BTreeMap<String, Vec<u8>>;

fn rehearse(change: &Files, target: Option<&str>, major: Option<u32>) -> Result<DryRun, RehearsalError> {
    rehearse_on(&support::discovery(), change, target, major)
}

fn rehearse_on(
    discovery: &Discovery,
    change: &Files,
    target: Option<&str>,
    major: Option<u32>,
) -> Result<DryRun, RehearsalError> {
    let (environment, interrupt) = (Environment::default(), Interrupt::default());
    rehearsal::dry_run(
        &Change::read(change).unwrap(),
        &Options {
            major,
            base: Base::Restored,
            target,
            role: None,
            discovery,
            environment: &environment,
            interrupt: &interrupt,
        },
    )
}

fn conninfo(database: &Database<'_>, role: &str) -> String {
    database.server.cluster.conninfo_as(role, &database.name).unwrap()
}

fn of<'a>(dry_run: &'a DryRun, id: &str) -> &'a Check {
    dry_run.checks.iter().find(|check| check.id == id).unwrap_or_else(|| panic!("no check {id}"))
}

fn passed(dry_run: &DryRun, what: &str) {
    let bad: Vec<&Check> = dry_run.checks.iter().filter(|check| !check.passed()).collect();
    assert_eq!(dry_run.outcome, Outcome::Pass, "{what}: {bad:#?}");
    assert!(bad.is_empty(), "{what}: {bad:#?}");
    assert!(of(dry_run, "C-6").passed());
    assert!(dry_run.cluster.removed);
}

/// Everything a target may have around what the change is about. Whoever made it, made it by hand.
const AROUND: &str = r#"
CREATE ROLE other_owner;
CREATE ROLE reader;
CREATE ROLE "Odd Role" LOGIN CREATEDB;
GRANT other_owner TO "Odd Role";
GRANT pg_read_all_stats TO reader;
CREATE SCHEMA other AUTHORIZATION other_owner;
COMMENT ON SCHEMA other IS 'it''s another''s';
GRANT USAGE ON SCHEMA other TO reader, PUBLIC;
SET ROLE other_owner;
CREATE TABLE other.ledger (
    id bigint GENERATED ALWAYS AS IDENTITY (START WITH 100 INCREMENT BY 5) PRIMARY KEY,
    amount numeric(12, 2) NOT NULL CHECK (amount > 0),
    noted text COLLATE "C" DEFAULT 'none',
    twice numeric GENERATED ALWAYS AS (amount * 2) STORED
);
INSERT INTO other.ledger (amount) SELECT 1 FROM generate_series(1, 3);
COMMENT ON COLUMN other.ledger.amount IS 'in EUR; never "negative"';
GRANT SELECT (id, amount), UPDATE (noted) ON other.ledger TO reader WITH GRANT OPTION;
CREATE SEQUENCE other.numbers START 7 CACHE 3 CYCLE MAXVALUE 9999;
SELECT setval('other.numbers', 4711);
GRANT USAGE ON SEQUENCE other.numbers TO reader;
CREATE TYPE other.mood AS ENUM ('fine', 'so so');
CREATE DOMAIN other.share AS numeric CHECK (VALUE BETWEEN 0 AND 1);
CREATE TABLE other."Odd.Name ""x""" (m other.mood, s other.share);
CREATE VIEW other.sums WITH (security_barrier) AS SELECT sum(amount) AS total FROM other.ledger;
CREATE MATERIALIZED VIEW other.kept AS SELECT count(*) AS n FROM other.ledger;
CREATE FUNCTION other.peek(a integer DEFAULT 1) RETURNS integer LANGUAGE sql SECURITY DEFINER SET work_mem = '1MB'
    RETURN a + 1;
REVOKE ALL ON FUNCTION other.peek(integer) FROM PUBLIC;
CREATE TABLE other.events (at date NOT NULL, what text) PARTITION BY RANGE (at);
CREATE TABLE other.events_2025 PARTITION OF other.events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE other.events_later PARTITION OF other.events DEFAULT;
CREATE INDEX ON other.events (at);
ALTER TABLE other.ledger ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON other.ledger FOR SELECT TO reader USING (amount < 10);
ALTER DEFAULT PRIVILEGES IN SCHEMA other GRANT SELECT ON TABLES TO reader;
RESET ROLE;
CREATE STATISTICS public.together ON doc_code, title FROM public.tac_logical_unit;
ALTER TABLE public.tac_logical_unit DISABLE TRIGGER USER;
ALTER TABLE public.tac_logical_unit ENABLE TRIGGER USER;
"#;

const GONE: &str = r#"DROP ROLE "Odd Role", reader, other_owner"#;

#[test]
fn the_examples_pass_on_a_copy_of_their_targets() {
    support::on_servers(|server| {
        for name in ["p0-2", "phase-alpha"] {
            let database = server.database();
            database.run_plainly(&baseline(name)).unwrap();
            let before = dump(server, &database.name);
            let files = example(name);
            let what = format!("{name} on PostgreSQL {}", server.major());
            let dry_run = rehearse(&files, Some(&conninfo(&database, "postgres")), None).unwrap();
            passed(&dry_run, &what);
            // By itself it takes the target's own major, and knows that the cluster is not the target.
            assert_eq!(dry_run.cluster.server_version_num, server.cluster.version(), "{what}");
            assert!(of(&dry_run, "C-4").expected.contains(server.cluster.system_identifier()));
            // What a structural base leaves open is decided here.
            let undecided = dry_run.checks.iter().filter(|check| check.result == Outcome::NotRun).count();
            assert_eq!(undecided, 0, "{what}");
            let rows = if name == "p0-2" { "PF-9b" } else { "P-8" };
            assert_eq!(of(&dry_run, rows).observed, "86", "{what}");
            if name == "phase-alpha" {
                assert_eq!((dry_run.rows[0].updated, dry_run.values[0].changed), (86, 86));
            }
            assert_eq!(dump(server, &database.name), before, "{what}: the target was changed");
        }
    });
}

#[test]
fn a_target_with_a_life_of_its_own_is_copied_whole() {
    support::on_servers(|server| {
        let database = server.database();
        database.run_plainly(&baseline("phase-alpha")).unwrap();
        database.run_plainly(AROUND).unwrap();
        let what = format!("PostgreSQL {}", server.major());
        let before = dump(server, &database.name);
        let dry_run = rehearse(&example("phase-alpha"), Some(&conninfo(&database, "postgres")), None).unwrap();
        passed(&dry_run, &what);
        assert_eq!(dump(server, &database.name), before, "{what}: the target was changed");
        drop(database);
        forget(server);
    });
}

fn forget(server: &Server) {
    server.cluster.session_as("postgres", "postgres", Purpose::Change).unwrap().execute(GONE).unwrap();
}

/// Rows of every partition count, and a sequence goes on where the target's stands.
#[test]
fn rows_of_partitions_and_positions_of_sequences_come_along() {
    support::on_servers(|server| {
        let database = server.database();
        database
            .run_plainly(
                "CREATE SCHEMA app;
                 CREATE TABLE app.item (id serial PRIMARY KEY, label text NOT NULL);
                 INSERT INTO app.item (label) VALUES ('one'), ('two'), ('three');
                 CREATE SEQUENCE app.shared START 50;
                 CREATE TABLE app.note (id bigint PRIMARY KEY DEFAULT nextval('app.shared'), text text);
                 INSERT INTO app.note (text) VALUES ('a'), ('b');
                 CREATE TABLE app.event (at int NOT NULL, what text) PARTITION BY RANGE (at);
                 CREATE TABLE app.event_low PARTITION OF app.event FOR VALUES FROM (0) TO (10);
                 CREATE TABLE app.event_high PARTITION OF app.event FOR VALUES FROM (10) TO (20) PARTITION BY LIST (at);
                 CREATE TABLE app.event_high_rest PARTITION OF app.event_high DEFAULT;
                 INSERT INTO app.event SELECT n, 'x' FROM generate_series(1, 19) n;
                 CREATE ROLE deploy LOGIN;
                 GRANT USAGE ON SCHEMA app TO deploy;
                 GRANT ALL ON ALL TABLES IN SCHEMA app TO deploy;
                 GRANT ALL ON ALL SEQUENCES IN SCHEMA app TO deploy;",
            )
            .unwrap();
        let files = Files::from([
            (
                "change.sql".to_owned(),
                b"INSERT INTO app.item (label) VALUES ('four');\n\
                  INSERT INTO app.note (text) VALUES ('c');\n\
                  UPDATE app.event SET what = 'y' WHERE at > 15;\n"
                    .to_vec(),
            ),
            (
                "change.contract".to_owned(),
                b"change rows\nrole deploy\nallow\n    INSERT = 2\n    UPDATE = 1\n    within schema app\nbefore\n\
                  \x20   P-1 rows in app.event = 19\n    P-2 rows in app.item = 3\n    P-3 rows in app.note = 2\n\
                  after\n    V-1 rows in app.event where what = 'y' = 4\n    V-2 rows in app.item = 4\n"
                    .to_vec(),
            ),
        ]);
        let dry_run = rehearse(&files, Some(&conninfo(&database, "postgres")), None).unwrap();
        passed(&dry_run, &format!("PostgreSQL {}", server.major()));
        drop(database);
        server
            .cluster
            .session_as("postgres", "postgres", Purpose::Change)
            .unwrap()
            .execute("DROP ROLE deploy")
            .unwrap();
    });
}

#[test]
fn what_the_role_may_not_read_is_said() {
    let server = Server::start(support::servers().last().unwrap());
    let database = server.database();
    database.run_plainly(&baseline("p0-2")).unwrap();
    let mut session = database.session();
    session.execute("CREATE ROLE half_reader LOGIN").unwrap();
    session.execute("GRANT EXECUTE ON FUNCTION pg_catalog.pg_control_system() TO half_reader").unwrap();
    let target = conninfo(&database, "half_reader");
    let failure = rehearse(&example("p0-2"), Some(&target), None).unwrap_err();
    assert_eq!((failure.code(), failure.exit_status()), ("rehearsal.restore", 4));
    assert!(failure.to_string().contains("permission denied"), "{failure}");
    assert!(failure.hint().unwrap().contains("a role that may dump"), "{:?}", failure.hint());
    // A role that may read everything is enough: no superuser, no owner.
    session.execute("GRANT pg_read_all_data TO half_reader").unwrap();
    passed(&rehearse(&example("p0-2"), Some(&target), None).unwrap(), "pg_read_all_data");
}

/// A copy waits for a lock for a while only: whoever queues behind it waits too.
#[test]
fn a_locked_table_is_not_waited_for_without_end() {
    let server = Server::start(support::servers().last().unwrap());
    let database = server.database();
    database.run_plainly(&baseline("p0-2")).unwrap();
    let mut holder = database.session();
    holder.execute("BEGIN").unwrap();
    holder.execute("LOCK TABLE public.tac_logical_unit IN ACCESS EXCLUSIVE MODE").unwrap();
    let failure = rehearse(&example("p0-2"), Some(&conninfo(&database, "postgres")), None).unwrap_err();
    assert_eq!(failure.code(), "rehearsal.restore");
    assert!(failure.to_string().contains("LOCK TABLE") && failure.to_string().contains("timeout"), "{failure}");
    holder.execute("ROLLBACK").unwrap();
}

/// What is missing is said before a server is started for it.
#[test]
fn a_restored_base_without_a_target_is_refused_at_once() {
    let (_folder, discovery) = support::unstartable(support::servers().last().unwrap());
    let failure = rehearse_on(&discovery, &example("p0-2"), None, None).unwrap_err();
    assert_eq!((failure.code(), failure.exit_status()), ("rehearsal.no-target", 2));
    let failure =
        rehearse_on(&discovery, &example("p0-2"), Some("host=/nonexistent user=x dbname=x"), None).unwrap_err();
    assert_eq!(failure.code(), "pg.connect");
}

/// An extension of the target that the cluster's server does not have.
#[test]
fn an_extension_of_the_target_is_asked_for_by_name() {
    let servers = support::servers();
    let pairs = servers.iter().find_map(|with| {
        let lacks = |other: &&pgwarrant::cluster::Server| {
            other.major >= with.major && !other.extensions.iter().any(|name| name == "hstore")
        };
        with.extensions
            .iter()
            .any(|name| name == "hstore")
            .then(|| servers.iter().find(lacks))
            .flatten()
            .map(|other| (with, other))
    });
    let Some((with, without)) = pairs else {
        println!("not run: no two servers here of which one has hstore and a newer one has not");
        return;
    };
    let server = Server::start(with);
    let database = server.database();
    database.run_plainly(&baseline("p0-2")).unwrap();
    database.run_plainly("CREATE EXTENSION hstore").unwrap();
    let target = conninfo(&database, "postgres");
    let failure = rehearse(&example("p0-2"), Some(&target), Some(without.major)).unwrap_err();
    assert_eq!(failure.code(), "rehearsal.no-extension");
    assert_eq!(failure.facts()["extension"], "hstore");
    assert!(failure.to_string().contains(&without.version), "{failure}");
}
