//! The way from a change to a verified apply and back, on real servers, and every refusal on that way.

mod support;

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use pgwarrant::apply::record::RunOutcome;
use pgwarrant::apply::{self, ApplyError, Dossier, Execution, Request, recovery, verify};
use pgwarrant::base::{Check, Coded as _, Digest, Interrupt, Outcome};
use pgwarrant::change::Change;
use pgwarrant::journal;
use pgwarrant::package::Package;
use pgwarrant::pg::{Environment, Purpose};
use pgwarrant::preflight;
use pgwarrant::rehearsal::{self, Base, Options};
use pgwarrant::warrant::payload::FORMAT;
use pgwarrant::warrant::{Decision, Operation, Warrant, authorise};
use support::{Server, discovery};

const AGENT: &str = "agent@example.org";
const ADA: &str = "ada@example.org";

/// A production database, a package for it, a key and a trust root.
struct World<'s> {
    server: &'s Server,
    database: String,
    folder: tempfile::TempDir,
    package: PathBuf,
    environment: Environment,
}

fn example(name: &str) -> BTreeMap<String, Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name);
    ["change.sql", "change.contract", "scaffold.sql", "rollback.sql"]
        .into_iter()
        .filter_map(|file| Some((file.to_owned(), std::fs::read(folder.join(file)).ok()?)))
        .collect()
}

fn baseline(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name).join("baseline.sql");
    std::fs::read_to_string(path).unwrap()
}

fn quietly(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

impl<'s> World<'s> {
    /// Loads a baseline with psql, and takes a change as far as a sealed package.
    fn new(server: &'s Server, name: &str) -> Self {
        Self::of(server, &example(name), &baseline(name))
    }

    fn of(server: &'s Server, files: &BTreeMap<String, Vec<u8>>, baseline: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        let change = Change::read(files).unwrap();
        let database = change.contract.target.as_ref().map_or("orders".to_owned(), |target| target.database.clone());
        let mut admin = server.cluster.session_as("postgres", "postgres", Purpose::Change).unwrap();
        admin.execute(&format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)")).unwrap();
        admin.execute(&format!("CREATE DATABASE {database} TEMPLATE template0")).unwrap();
        let script = folder.path().join("baseline.sql");
        std::fs::write(&script, baseline).unwrap();
        quietly(
            server
                .client("psql", "postgres")
                .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", &database, "-f"])
                .arg(&script),
        );
        for role in &change.contract.roles {
            admin.execute(&format!("ALTER ROLE {role} LOGIN")).unwrap();
        }
        let environment = Environment::default();
        let interrupt = Interrupt::default();
        let dry_run = rehearsal::dry_run(
            &change,
            &Options {
                major: Some(server.major()),
                base: Base::Structural,
                target: None,
                role: None,
                discovery: &discovery(),
                environment: &environment,
                interrupt: &interrupt,
            },
        )
        .unwrap();
        assert_eq!(dry_run.outcome, Outcome::Pass, "{:#?}", failed(&dry_run.checks));
        let target = server.cluster.conninfo_as("postgres", &database).unwrap();
        let context =
            preflight::Context { rehearsal_system_identifier: Some(dry_run.cluster.system_identifier.clone()) };
        let (seen, snapshot) = preflight::look(&change, &target, &context, &environment, &interrupt).unwrap();
        assert_eq!(seen.outcome, Outcome::Pass, "{:#?}", failed(&seen.checks));
        let json = |value: &dyn erased::Json| value.bytes();
        let sealed = BTreeMap::from([
            ("change.sql".to_owned(), files["change.sql"].clone()),
            ("change.contract".to_owned(), files["change.contract"].clone()),
            ("rollback.sql".to_owned(), dry_run.rollback.clone().into_bytes()),
            ("dry_run.json".to_owned(), json(&dry_run)),
            ("delta.json".to_owned(), dry_run.delta.to_json().unwrap()),
            ("preflight.json".to_owned(), json(&seen)),
            ("snapshot.json".to_owned(), snapshot.to_json().unwrap()),
            ("REVIEW.md".to_owned(), b"# Review\n".to_vec()),
        ]);
        let package = folder.path().join("package");
        Package::seal(&package, &sealed, &change.contract.change, AGENT, jiff::Timestamp::now()).unwrap();
        let world = Self { server, database, folder, package, environment };
        world.make_key("ada");
        world.trust(ADA, "ada");
        world
    }

    fn make_key(&self, name: &str) {
        quietly(
            Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(self.folder.path().join(name)),
        );
    }

    fn trust(&self, who: &str, key: &str) {
        let public = std::fs::read_to_string(self.folder.path().join(format!("{key}.pub"))).unwrap();
        let path = self.folder.path().join("allowed_signers");
        std::fs::write(&path, format!("{who} {public}")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    }

    fn warrant(&self, operation: Operation, role: &str) -> Warrant {
        let dossier = Dossier::open(&self.package).unwrap();
        let subject = dossier.subject(operation).unwrap();
        let now = jiff::Timestamp::now();
        let later = now.checked_add(jiff::SignedDuration::from_mins(30)).unwrap();
        Warrant {
            format: FORMAT,
            operation,
            decision: Decision::Approve,
            change: dossier.package.manifest.change.clone(),
            package: dossier.package.digest.clone(),
            script: subject.script,
            statements: subject.statements,
            delta: subject.delta,
            review: subject.review,
            fingerprint: subject.fingerprint,
            target: subject.target,
            role: role.to_owned(),
            not_before: now.to_string(),
            not_after: later.to_string(),
            nonce: Warrant::nonce().unwrap(),
            requested_by: AGENT.to_owned(),
            supersedes: None,
            because: None,
        }
    }

    fn sign(&self, warrant: &Warrant) -> Digest {
        let bytes = warrant.bytes().unwrap();
        let path = self.package.join("warrants").join(authorise::file_name(&bytes));
        std::fs::write(&path, &bytes).unwrap();
        quietly(
            Command::new("ssh-keygen")
                .args(["-q", "-Y", "sign", "-n", "pgwarrant", "-f"])
                .arg(self.folder.path().join("ada"))
                .arg(&path),
        );
        Digest::of(&bytes)
    }

    fn execute(&self, operation: Operation, role: &str) -> Result<Execution, ApplyError> {
        self.execute_with(operation, &self.conninfo(role), None)
    }

    fn execute_with(&self, operation: Operation, target: &str, backup: Option<&Path>) -> Result<Execution, ApplyError> {
        let (discovery, interrupt) = (discovery(), Interrupt::default());
        let trust = self.folder.path().join("allowed_signers");
        let state = self.folder.path().join("state");
        let request = Request {
            package: &self.package,
            operation,
            target,
            trust: &trust,
            warrant: None,
            backup,
            backup_target: None,
            environment: &self.environment,
            discovery: &discovery,
            state: Some(&state),
            interrupt: &interrupt,
        };
        apply::execute(&request)
    }

    fn conninfo(&self, role: &str) -> String {
        self.server.cluster.conninfo_as(role, &self.database).unwrap()
    }

    fn code(&self, role: &str) -> &'static str {
        match self.execute(Operation::Apply, role) {
            Ok(execution) => match execution.outcome {
                RunOutcome::Pass => "PASS",
                RunOutcome::Fail => "FAIL",
                RunOutcome::Blocked => "BLOCKED",
                RunOutcome::RolledBack => "ROLLED_BACK",
            },
            Err(failure) => failure.code(),
        }
    }

    fn sql(&self, statement: &str) {
        let mut session = self.server.cluster.session_as("postgres", &self.database, Purpose::Change).unwrap();
        session.execute(statement).unwrap();
    }

    fn dump(&self) -> String {
        let output = self.server.client("pg_dump", "postgres").args(["-s", &self.database]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        // pg_dump writes a random key around its output.
        text.lines()
            .filter(|line| !line.starts_with("\\restrict") && !line.starts_with("\\unrestrict"))
            .collect::<Vec<_>>()
            .join("\n")
    }
}

/// Serialising through one door, whatever the type.
mod erased {
    pub trait Json {
        fn bytes(&self) -> Vec<u8>;
    }

    impl<T: serde::Serialize> Json for T {
        fn bytes(&self) -> Vec<u8> {
            serde_json::to_vec(self).unwrap()
        }
    }
}

fn failed(checks: &[Check]) -> Vec<&Check> {
    checks.iter().filter(|check| check.result == Outcome::Fail).collect()
}

/// The story: blocked for want of a privilege, reauthorised with another role, applied, refused a rollback, rolled back.
#[test]
fn ws_q5_from_blocked_to_rolled_back() {
    support::on_every_server(|server| {
        let world = World::new(server, "ws-q5");
        let before = world.dump();
        assert_eq!(world.code("directus"), "warrant.none");

        let first = world.sign(&world.warrant(Operation::Apply, "directus"));
        let blocked = world.execute(Operation::Apply, "directus").unwrap();
        assert_eq!(blocked.outcome, RunOutcome::Blocked);
        let error = blocked.error.as_ref().unwrap();
        assert_eq!((error.sqlstate.as_str(), blocked.statements.len()), ("42501", 1));
        assert!(blocked.verification.iter().all(Check::passed), "{:#?}", blocked.verification);
        assert_eq!(Some(&blocked.fingerprints.before), blocked.fingerprints.afterwards.as_ref());
        assert_eq!(world.dump(), before);
        // No retry on the same decision.
        assert_eq!(world.code("directus"), "warrant.used");

        let mut second = world.warrant(Operation::Apply, "workflow_admin");
        second.supersedes = Some(first);
        second.because = Some("directus lacks CREATE on the schema; only the role changed".into());
        world.sign(&second);
        assert_eq!(world.code("directus"), "apply.other-role");
        let applied = world.execute(Operation::Apply, "workflow_admin").unwrap();
        assert_eq!(applied.outcome, RunOutcome::Pass, "{:#?}", failed(&applied.checks));
        assert!(applied.checks.iter().all(Check::passed), "{:#?}", applied.checks);
        let counts = &applied.delta.as_ref().unwrap().counts;
        let by = |noun: &str| counts[&noun.parse().unwrap()].by;
        assert_eq!(
            (by("tables"), by("primary keys"), by("foreign keys"), by("unique constraints"), by("check constraints")),
            (12, 12, 8, 4, 0)
        );
        assert_eq!(applied.created.len(), 12);
        journal::read(&world.package.join(&applied.run).join("journal.jsonl")).unwrap();

        let dossier = Dossier::open(&world.package).unwrap();
        let looked =
            verify::verify(&dossier, &world.conninfo("postgres"), &world.environment, &Interrupt::default()).unwrap();
        assert_eq!(looked.outcome, Outcome::Pass);
        let status =
            |_: ()| recovery::status(&dossier.package, None, &world.environment, &Interrupt::default()).unwrap().state;
        assert_eq!(status(()), "applied");

        // A rollback needs a decision of its own.
        let refused = world.execute(Operation::Rollback, "workflow_admin").unwrap_err();
        assert_eq!(refused.code(), "warrant.none");
        world.sign(&world.warrant(Operation::Rollback, "workflow_admin"));
        let undone = world.execute(Operation::Rollback, "workflow_admin").unwrap();
        assert_eq!(undone.outcome, RunOutcome::Pass, "{:#?}", failed(&undone.checks));
        assert_eq!(undone.fingerprints.afterwards, Some(applied.fingerprints.before));
        assert_eq!(world.dump(), before);
        assert_eq!(status(()), "rolled-back");
    });
}

#[test]
fn p0_2_and_phase_alpha_apply_and_come_back() {
    support::on_every_server(|server| {
        for name in ["p0-2", "phase-alpha"] {
            let world = World::new(server, name);
            let before = world.dump();
            world.sign(&world.warrant(Operation::Apply, "workflow_admin"));
            let applied = world.execute(Operation::Apply, "workflow_admin").unwrap();
            assert_eq!(applied.outcome, RunOutcome::Pass, "{name}: {:#?}", failed(&applied.checks));
            assert!(applied.checks.iter().all(Check::passed), "{name}: {:#?}", applied.checks);
            if name == "phase-alpha" {
                let bump = &applied.values[0];
                assert_eq!((bump.rows, bump.changed, bump.before.distinct, bump.after.distinct), (86, 86, 3, 1));
                assert_eq!(applied.rows.len(), 1);
                assert_eq!(applied.rows[0].updated, 86);
            }
            world.sign(&world.warrant(Operation::Rollback, "workflow_admin"));
            let undone = world.execute(Operation::Rollback, "workflow_admin").unwrap();
            assert_eq!(undone.outcome, RunOutcome::Pass, "{name}: {:#?}", failed(&undone.checks));
            assert_eq!(world.dump(), before, "{name}");
        }
    });
}

fn newest() -> Server {
    Server::start(support::servers().last().unwrap())
}

/// Rows that arrived after the change are not dropped: the rollback stops, with the counts.
#[test]
fn a_rollback_never_drops_what_was_written_since() {
    let server = newest();
    let world = World::new(&server, "phase-alpha");
    world.sign(&world.warrant(Operation::Apply, "workflow_admin"));
    assert_eq!(world.code("workflow_admin"), "PASS");
    world.sql("UPDATE sandbox_tac.logical_unit SET authority = 'enacted' WHERE ctid = (SELECT min(ctid) FROM sandbox_tac.logical_unit)");
    world.sign(&world.warrant(Operation::Rollback, "workflow_admin"));
    let stopped = world.execute(Operation::Rollback, "workflow_admin").unwrap();
    assert_eq!(stopped.outcome, RunOutcome::Blocked);
    let guard = failed(&stopped.checks);
    assert!(guard[0].observed.contains("1 of them holding values"), "{guard:#?}");
    assert!(stopped.statements.is_empty());
    assert!(stopped.verification.iter().all(Check::passed));
}

/// What stands before the first statement, each with a code of its own, and the target untouched.
#[test]
fn every_gate_refuses_with_its_own_code() {
    let server = newest();
    let world = World::new(&server, "p0-2");
    let before = world.dump();
    let warrant = world.warrant(Operation::Apply, "workflow_admin");
    world.sign(&warrant);

    // Another database of the same server, and another server.
    let mut admin = server.cluster.session_as("postgres", "postgres", Purpose::Change).unwrap();
    admin.execute("DROP DATABASE IF EXISTS other").unwrap();
    admin.execute(&format!("CREATE DATABASE other TEMPLATE {}", world.database)).unwrap();
    let other = server.cluster.conninfo_as("workflow_admin", "other").unwrap();
    let refused = |target: &str| world.execute_with(Operation::Apply, target, None).unwrap_err().code();
    assert_eq!(refused(&other), "apply.other-target");
    let stranger = newest();
    stranger.cluster.session("postgres", Purpose::Change).unwrap().execute("CREATE ROLE workflow_admin LOGIN").unwrap();
    assert_eq!(refused(&stranger.cluster.conninfo_as("workflow_admin", "postgres").unwrap()), "apply.other-target");
    assert_eq!(refused("host=/nonexistent user=workflow_admin dbname=directus"), "pg.connect");

    // A role that is not the one that was signed; SET ROLE by start-up option does not help.
    assert_eq!(refused(&world.conninfo("postgres")), "apply.other-role");
    assert_eq!(
        refused(&format!("{} options='-c role=workflow_admin'", world.conninfo("postgres"))),
        "apply.other-role"
    );

    // Backups: none where one is named, an old one, a changed one.
    let nowhere = world.folder.path().join("backup.json");
    let with_backup = |path: &Path| {
        world.execute_with(Operation::Apply, &world.conninfo("workflow_admin"), Some(path)).unwrap_err().code()
    };
    assert_eq!(with_backup(&nowhere), "apply.no-backup");
    let package = Package::open(&world.package).unwrap();
    let (backup, record) = apply::backup::take_for(
        &package,
        &world.conninfo("postgres"),
        &world.environment,
        &discovery(),
        &Interrupt::default(),
    )
    .unwrap();
    assert!(backup.size > 0 && backup.entries > 0);
    let good = std::fs::read_to_string(&record).unwrap();
    std::fs::write(&record, good.replace(&backup.started_at, "2026-01-01T00:00:00Z")).unwrap();
    assert_eq!(with_backup(&record), "apply.old-backup");
    std::fs::write(&record, &good).unwrap();
    let dump = record.with_file_name(&backup.file);
    let mut bytes = std::fs::read(&dump).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&dump, &bytes).unwrap();
    assert_eq!(with_backup(&record), "apply.backup");

    // Drift since the preflight, however small.
    world.sql("COMMENT ON SCHEMA cutter_governance IS 'someone was here'");
    let drift = world.execute(Operation::Apply, "workflow_admin").unwrap_err();
    assert_eq!(drift.code(), "apply.drift");
    assert!(serde_json::to_string(&drift.facts()).unwrap().contains("someone was here"));
    world.sql("COMMENT ON SCHEMA cutter_governance IS NULL");

    // Somebody else is at it.
    let key = format!("pgwarrant:{}", server.cluster.system_identifier());
    let mut holder = server.cluster.session_as("postgres", &world.database, Purpose::Change).unwrap();
    holder.execute("BEGIN").unwrap();
    holder.query("SELECT pg_advisory_xact_lock(hashtextextended($1::text, 0))", &[&key]).unwrap();
    assert_eq!(world.code("workflow_admin"), "apply.locked");
    holder.execute("ROLLBACK").unwrap();

    // A target that only allows reading.
    admin.execute(&format!("ALTER DATABASE {} SET default_transaction_read_only = on", world.database)).unwrap();
    assert_eq!(world.code("workflow_admin"), "PASS", "the pin beats the database's setting");
    assert_eq!(world.code("workflow_admin"), "warrant.used");
    world.sign(&world.warrant(Operation::Apply, "workflow_admin"));
    assert_eq!(world.code("workflow_admin"), "apply.applied-already");
    admin.execute(&format!("ALTER DATABASE {} RESET default_transaction_read_only", world.database)).unwrap();
    assert_ne!(world.dump(), before);
}

/// One changed byte in any sealed file stops everything.
#[test]
fn one_changed_byte_in_any_sealed_file_is_refused() {
    let server = newest();
    let world = World::new(&server, "p0-2");
    world.sign(&world.warrant(Operation::Apply, "workflow_admin"));
    for entry in std::fs::read_dir(&world.package).unwrap() {
        let path = entry.unwrap().path();
        if !path.is_file() {
            continue;
        }
        let good = std::fs::read(&path).unwrap();
        let mut bad = good.clone();
        let middle = bad.len() / 2;
        bad[middle] ^= 1;
        std::fs::write(&path, &bad).unwrap();
        let code = world.code("workflow_admin");
        assert!(code.starts_with("package."), "{}: {code}", path.display());
        std::fs::write(&path, &good).unwrap();
    }
    assert_eq!(world.code("workflow_admin"), "PASS");
}

/// What the target does behind the statements' back is seen before COMMIT, and nothing stays.
#[test]
fn an_event_trigger_that_smuggles_is_rolled_back() {
    support::on_every_server(|server| {
        let smuggler = "CREATE FUNCTION public.smuggle() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN \
             IF tg_tag = 'CREATE TABLE' AND NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = 'smug') THEN \
             EXECUTE 'CREATE SCHEMA smug'; END IF; END $$; \
             CREATE EVENT TRIGGER smuggler ON ddl_command_end EXECUTE FUNCTION public.smuggle();";
        let operators = "CREATE FUNCTION public.smuggle() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN \
             IF tg_tag = 'CREATE TABLE' AND NOT EXISTS (SELECT FROM pg_catalog.pg_operator WHERE oprname = '|+|') THEN \
             EXECUTE 'CREATE OPERATOR public.|+| (LEFTARG = int4, RIGHTARG = int4, FUNCTION = pg_catalog.int4pl)'; END IF; END $$; \
             CREATE EVENT TRIGGER smuggler ON ddl_command_end EXECUTE FUNCTION public.smuggle();";
        for (what, planted) in [("schema", smuggler), ("operator", operators)] {
            let world = World::of(server, &example("p0-2"), &format!("{}\n{planted}", baseline("p0-2")));
            let before = world.dump();
            world.sign(&world.warrant(Operation::Apply, "workflow_admin"));
            let stopped = world.execute(Operation::Apply, "workflow_admin").unwrap();
            assert_eq!(stopped.outcome, RunOutcome::RolledBack, "{what}");
            let witness = stopped.checks.iter().find(|check| check.id == "W-1").unwrap();
            assert!(!witness.passed(), "{what}: {witness:#?}");
            assert_eq!(world.dump(), before, "{what}");
            assert!(stopped.verification.iter().all(Check::passed));
        }
    });
}

/// Settings that would change how the bytes are read are beaten by the pins.
#[test]
fn a_role_setting_does_not_change_how_the_bytes_are_read() {
    let server = newest();
    let planted = "ALTER ROLE workflow_admin SET standard_conforming_strings = off; \
                   ALTER ROLE workflow_admin SET search_path = public; ALTER ROLE workflow_admin SET check_function_bodies = off;";
    let world = World::of(&server, &example("p0-2"), &format!("{}\n{planted}", baseline("p0-2")));
    world.sign(&world.warrant(Operation::Apply, "workflow_admin"));
    assert_eq!(world.code("workflow_admin"), "PASS");
    server
        .cluster
        .session("postgres", Purpose::Change)
        .unwrap()
        .execute("ALTER ROLE workflow_admin RESET ALL")
        .unwrap();
}
