//! Clients, servers and connections that die in the middle: the outcome is always known afterwards, and never twice.

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use pgwarrant::apply::record::RunOutcome;
use pgwarrant::apply::recovery::{self, Standing, Status};
use pgwarrant::apply::{self, Dossier, Request};
use pgwarrant::base::{Coded as _, Interrupt};
use pgwarrant::catalog::Snapshot;
use pgwarrant::change::Change;
use pgwarrant::journal::{self, Journal};
use pgwarrant::package::Package;
use pgwarrant::pg::{Environment, Identity, Patience, Purpose, Session, Settings};
use pgwarrant::preflight;
use pgwarrant::rehearsal::{self, Base, Options};
use pgwarrant::warrant::{Operation, Reach};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use support::world::{World, baseline, example};
use support::{Server, discovery};

/// An event trigger that does something to the session once a table was made.
fn on_create_table(body: &str) -> String {
    format!(
        "{}\nCREATE FUNCTION public.meddle() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN \
         IF tg_tag = 'CREATE TABLE' THEN {body}; END IF; END $$; \
         CREATE EVENT TRIGGER meddler ON ddl_command_end EXECUTE FUNCTION public.meddle();",
        baseline("p0-2")
    )
}

fn status(world: &World<'_>) -> Status {
    let package = Package::open(&world.package).unwrap();
    recovery::status(&package, Some(&world.conninfo("postgres")), &world.environment, &Interrupt::default()).unwrap()
}

fn events(world: &World<'_>, run: &str) -> Vec<String> {
    let chain = journal::read(&world.package.join("runs").join(run).join("journal.jsonl")).unwrap();
    chain.entries.into_iter().map(|entry| entry.event).collect()
}

/// The oldest and the newest server.
fn ends() -> Vec<Server> {
    let servers = support::servers();
    let mut picked = vec![Server::start(&servers[0])];
    if servers.len() > 1 {
        picked.push(Server::start(&servers[servers.len() - 1]));
    }
    picked
}

#[test]
fn a_backend_that_dies_in_a_statement_leaves_nothing() {
    for server in ends() {
        let planted = on_create_table("PERFORM pg_terminate_backend(pg_backend_pid())");
        let world = World::of(&server, &example("p0-2"), &planted);
        let before = world.dump();
        world.sign(&world.warrant(Operation::Apply, "workflow_admin"));
        let failure = world.execute(Operation::Apply, "workflow_admin").unwrap_err();
        assert!(failure.code().starts_with("pg."), "{failure}");
        assert_eq!(world.dump(), before);
        let status = status(&world);
        assert_eq!((status.state.as_str(), status.runs[0].standing), ("blocked", Standing::ResolvedNotApplied));
        // The decision is used up; a new one may be tried.
        assert_eq!(world.execute(Operation::Apply, "workflow_admin").unwrap_err().code(), "warrant.used");
    }
}

/// The body of the process that the tests kill. Run by itself it does nothing.
#[test]
fn applies_in_a_process_of_its_own() {
    let Some(package) = std::env::var_os("PGWARRANT_TEST_PACKAGE") else { return };
    let package = Path::new(&package);
    let folder = package.parent().unwrap();
    let outcome = apply::execute(&Request {
        package,
        operation: Operation::Apply,
        target: &std::env::var("PGWARRANT_TEST_TARGET").unwrap(),
        trust: &folder.join("allowed_signers"),
        reach: Reach::Reported,
        warrant: None,
        backup: None,
        prove_backup: false,
        backup_target: None,
        environment: &Environment::default(),
        discovery: &discovery(),
        state: Some(&folder.join("state")),
        patience: Duration::from_secs(600),
        interrupt: &Interrupt::default(),
    });
    println!("{outcome:?}");
}

/// Starts an apply in another process and waits until its journal shows an event.
fn apply_elsewhere(world: &World<'_>, event: &str) -> (Child, String) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "applies_in_a_process_of_its_own", "--nocapture"])
        .env("PGWARRANT_TEST_PACKAGE", &world.package)
        .env("PGWARRANT_TEST_TARGET", world.conninfo("workflow_admin"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        assert!(Instant::now() < deadline, "the run did not come as far as {event}");
        assert!(child.try_wait().unwrap().is_none(), "the run ended before {event}");
        let package = Package::open(&world.package).unwrap();
        if let Some(run) = recovery::run_names(&package).unwrap().pop() {
            let path = world.package.join("runs").join(&run).join("journal.jsonl");
            if journal::read(&path).is_ok_and(|chain| chain.last(event).is_some()) {
                return (child, run);
            }
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Waits until a session of the target is seen in a state.
fn wait_for_session(server: &Server, condition: &str) {
    let mut session = server.cluster.session("postgres", Purpose::Look).unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    let sql = format!("SELECT count(*) FROM pg_stat_activity WHERE {condition}");
    while session.query_one(&sql, &[]).unwrap().get::<_, i64>(0) == 0 {
        assert!(Instant::now() < deadline, "no session with {condition}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_client_killed_in_a_statement_leaves_nothing() {
    for server in ends() {
        let world = World::of(&server, &example("p0-2"), &on_create_table("PERFORM pg_sleep(300)"));
        let before = world.dump();
        world.sign(&world.warrant(Operation::Apply, "workflow_admin"));
        let (mut child, run) = apply_elsewhere(&world, "transaction");
        wait_for_session(&server, "wait_event = 'PgSleep'");
        // While it runs, nothing else does on the package, and nobody ends it by asking.
        assert_eq!((status(&world).state.as_str(), status(&world).runs[0].standing), ("running", Standing::Running));
        world.sign(&world.warrant(Operation::Apply, "workflow_admin"));
        assert_eq!(world.execute(Operation::Apply, "workflow_admin").unwrap_err().code(), "apply.unresolved");
        assert!(child.try_wait().unwrap().is_none());
        wait_for_session(&server, "wait_event = 'PgSleep'");
        child.kill().unwrap();
        child.wait().unwrap();
        // The backend still sleeps in the transaction: asking ends it.
        let status = status(&world);
        assert_eq!((status.state.as_str(), status.runs[0].standing), ("decided", Standing::ResolvedNotApplied));
        assert_eq!(world.dump(), before);
        assert!(events(&world, &run).ends_with(&["transaction".into(), "resolved".into()]));
    }
}

/// The worst moment: COMMIT is sent, the server has it on its disk, and nobody hears the answer.
#[test]
fn a_client_killed_at_commit_is_found_to_have_applied() {
    for server in ends() {
        let world = World::new(&server, "p0-2");
        let before = world.dump();
        world.sign(&world.warrant(Operation::Apply, "workflow_admin"));
        // A standby that never comes: COMMIT is durable here and waits for it, whatever the timeouts say.
        let mut admin = server.cluster.session("postgres", Purpose::Change).unwrap();
        admin.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'").unwrap();
        admin.execute("SELECT pg_reload_conf()").unwrap();
        let (mut child, run) = apply_elsewhere(&world, "commit");
        wait_for_session(&server, "wait_event = 'SyncRep'");
        child.kill().unwrap();
        child.wait().unwrap();
        // Any later command asks what became of it.
        world.sign(&world.warrant(Operation::Apply, "workflow_admin"));
        assert_eq!(world.execute(Operation::Apply, "workflow_admin").unwrap_err().code(), "apply.applied-already");
        let status = status(&world);
        assert_eq!(
            (status.state.as_str(), status.runs[0].standing),
            ("applied", Standing::ResolvedApplied),
            "{status:#?}"
        );
        assert!(events(&world, &run).ends_with(&["commit".into(), "resolved".into()]));
        assert_ne!(world.dump(), before);
        // What is found to stand can be rolled back.
        admin.execute("ALTER SYSTEM RESET synchronous_standby_names").unwrap();
        admin.execute("SELECT pg_reload_conf()").unwrap();
        world.sign(&world.warrant(Operation::Rollback, "workflow_admin"));
        assert_eq!(world.execute(Operation::Rollback, "workflow_admin").unwrap().outcome, RunOutcome::Pass);
        assert_eq!(world.dump(), before);
    }
}

/// What a run leaves that was killed after COMMIT was announced, or before: a journal, and both sides.
fn leave(world: &World<'_>, name: &str, target: &Identity, xid: &str, sides: Option<(&Snapshot, &Snapshot)>) {
    let run = world.package.join("runs").join(name);
    std::fs::create_dir_all(&run).unwrap();
    let digest = Package::open(&world.package).unwrap().digest;
    let mut journal = Journal::create(&run.join("journal.jsonl"), &digest, jiff::Timestamp::now).unwrap();
    journal.append("run", json!({"operation": "apply"})).unwrap();
    journal.append("identity", json!({"target": target})).unwrap();
    journal.append("intent", json!({"target": target})).unwrap();
    journal.append("transaction", json!({"xid": xid})).unwrap();
    if let Some((before, after)) = sides {
        std::fs::write(run.join("before.json"), before.to_json().unwrap()).unwrap();
        std::fs::write(run.join("after.json"), after.to_json().unwrap()).unwrap();
        journal.append("commit", json!({"xid": xid})).unwrap();
    }
}

/// `pg_xact_status` says committed of an id that a crash lost and somebody else got, and knows nothing of another server's
/// ids: the catalog has to bear it out.
#[test]
fn committed_is_believed_with_evidence_only() {
    let server = ends().pop().unwrap();
    let world = World::new(&server, "p0-2");
    let mut session = server.cluster.session_as("postgres", &world.database, Purpose::Change).unwrap();
    let here = Identity::read(&mut session).unwrap();
    let elsewhere = Identity { timeline: here.timeline.map(|timeline| timeline + 1), ..here.clone() };
    let xid = |session: &mut Session| -> String {
        session.query_one("SELECT pg_current_xact_id()::text", &[]).unwrap().get(0)
    };
    let before = support::snapshot(&mut session);
    // Somebody else's transaction, which left the catalog as it was.
    session.execute("BEGIN").unwrap();
    let others = xid(&mut session);
    session.execute("COMMIT").unwrap();
    // Ours, as it would have been.
    session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ").unwrap();
    session.execute("CREATE TABLE public.ours (id int)").unwrap();
    let lost = Snapshot::read(&mut session).unwrap();
    session.execute("ROLLBACK").unwrap();

    let standing = |name: &str| {
        loop {
            let status = status(&world);
            let run = status.runs.iter().find(|run| run.run == name).unwrap().clone();
            println!("{name}: {:?}: {:?}", run.standing, run.because);
            // A program that another test is starting holds our files for a moment, and with them the lock of the journal.
            if run.standing != Standing::Running {
                return run.standing;
            }
        }
    };
    leave(&world, "20260101T000000Z", &here, &others, Some((&before, &lost)));
    assert_eq!(standing("20260101T000000Z"), Standing::ResolvedNotApplied);
    leave(&world, "20260102T000000Z", &here, &others, None);
    assert_eq!(standing("20260102T000000Z"), Standing::ResolvedNotApplied);
    leave(&world, "20260103T000000Z", &elsewhere, &others, Some((&before, &lost)));
    assert_eq!(standing("20260103T000000Z"), Standing::ResolvedNotApplied);
    leave(&world, "20260104T000000Z", &elsewhere, &others, None);
    assert_eq!(standing("20260104T000000Z"), Standing::ResolvedNotApplied);

    // Ours, committed.
    session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ").unwrap();
    session.execute("CREATE TABLE public.ours (id int)").unwrap();
    let (ours, after) = (xid(&mut session), Snapshot::read(&mut session).unwrap());
    session.execute("COMMIT").unwrap();
    leave(&world, "20260105T000000Z", &here, &ours, Some((&before, &after)));
    assert_eq!(standing("20260105T000000Z"), Standing::ResolvedApplied);
    leave(&world, "20260106T000000Z", &elsewhere, &ours, Some((&before, &after)));
    assert_eq!(standing("20260106T000000Z"), Standing::ResolvedApplied);
    // Others went on: our rows still bear our id. What bears it here says nothing of another server, and an id of
    // somebody who changed something else is no evidence.
    session.execute("BEGIN").unwrap();
    session.execute("CREATE TABLE public.later (id int)").unwrap();
    let later = xid(&mut session);
    session.execute("COMMIT").unwrap();
    leave(&world, "20260107T000000Z", &here, &ours, Some((&before, &after)));
    assert_eq!(standing("20260107T000000Z"), Standing::ResolvedApplied);
    leave(&world, "20260108T000000Z", &elsewhere, &ours, Some((&before, &after)));
    assert_eq!(standing("20260108T000000Z"), Standing::Unresolved);
    leave(&world, "20260109T000000Z", &here, &later, Some((&before, &lost)));
    assert_eq!(standing("20260109T000000Z"), Standing::Unresolved);
    // A torn end is named.
    let path = world.package.join("runs/20260109T000000Z/journal.jsonl");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes.extend_from_slice(b"{\"at\":");
    std::fs::write(&path, bytes).unwrap();
    let torn = status(&world).runs.pop().unwrap();
    assert_eq!(torn.torn_bytes, 6, "{torn:?}");
    assert!(torn.because.unwrap().contains("half an entry"));
}

/// The same wait with the client alive: it does not wait for ever, and the outcome is the server's, not the driver's.
#[test]
fn a_commit_that_waits_for_a_standby_is_applied_and_known() {
    let server = ends().remove(0);
    let world = World::new(&server, "p0-2");
    world.sign(&world.warrant(Operation::Apply, "workflow_admin"));
    let mut admin = server.cluster.session("postgres", Purpose::Change).unwrap();
    admin.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'").unwrap();
    admin.execute("SELECT pg_reload_conf()").unwrap();
    let applied = world.execute_patiently(Operation::Apply, "workflow_admin", Duration::from_secs(1)).unwrap();
    assert_eq!(applied.outcome, RunOutcome::Pass);
}

#[test]
fn a_server_that_crashes_in_the_middle_is_asked_when_it_is_back() {
    for mut server in ends() {
        let (folder, package, target, before) = {
            let world = World::of(&server, &example("p0-2"), &on_create_table("PERFORM pg_sleep(300)"));
            world.sign(&world.warrant(Operation::Apply, "workflow_admin"));
            let before = world.dump();
            let (mut child, _) = apply_elsewhere(&world, "transaction");
            wait_for_session(&server, "wait_event = 'PgSleep'");
            let World { folder, package, .. } = world;
            let target = server.cluster.conninfo_as("postgres", "directus").unwrap();
            server.cluster.crash().unwrap();
            // It would ask for as long as its patience lasts.
            child.kill().unwrap();
            child.wait().unwrap();
            (folder, package, target, before)
        };
        let ask = || {
            let package = Package::open(&package).unwrap();
            recovery::status(&package, Some(&target), &Environment::default(), &Interrupt::default()).unwrap()
        };
        // Nobody answers: it stays unresolved, and says so.
        assert_eq!(ask().state, "unresolved");
        server.cluster.restart().unwrap();
        let resolved = ask();
        assert_eq!(
            (resolved.state.as_str(), resolved.runs[0].standing),
            ("blocked", Standing::ResolvedNotApplied),
            "{resolved:#?}"
        );
        let dossier = Dossier::open(&package).unwrap();
        assert_eq!(dossier.subject(Operation::Apply).unwrap().fingerprint, dossier.preflight.fingerprint);
        assert_eq!(support::world::dump(&server, "directus"), before);
        drop(folder);
    }
}

/// The throw-away server dies in the middle of a dry run: an error, and nothing left behind.
#[test]
fn a_dry_run_whose_server_dies_ends_with_an_error_and_no_trace() {
    let server = support::servers().pop().unwrap();
    let database = format!("dies_{}", std::process::id());
    let files = BTreeMap::from([
        ("change.sql".to_owned(), b"BEGIN;\nCREATE TABLE app.t (id int);\nCOMMIT;\n".to_vec()),
        (
            "change.contract".to_owned(),
            format!("change dies\ntarget database {database}\nrole app_owner\nallow\n  CREATE TABLE = 1\n")
                .into_bytes(),
        ),
        ("scaffold.sql".to_owned(), b"CREATE SCHEMA app;\nSELECT pg_catalog.pg_sleep(300);\n".to_vec()),
    ]);
    let change = Change::read(&files).unwrap();
    let rehearsed = std::thread::spawn(move || {
        let options = Options {
            major: Some(server.major),
            base: Base::Structural,
            target: None,
            role: None,
            discovery: &discovery(),
            environment: &Environment::default(),
            interrupt: &Interrupt::default(),
        };
        rehearsal::dry_run(&change, &options).map(drop)
    });
    let (folder, pid) = find_cluster(&database);
    kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL).unwrap();
    let failure = rehearsed.join().unwrap().unwrap_err();
    assert!(["pg.lost", "pg.server"].contains(&failure.code()), "{failure}");
    assert!(!folder.exists());
}

/// The ephemeral cluster that holds a database, and its server's process.
fn find_cluster(database: &str) -> (PathBuf, i32) {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        assert!(Instant::now() < deadline, "no cluster with {database}");
        for base in [Path::new("/dev/shm"), &std::env::temp_dir()] {
            for entry in std::fs::read_dir(base).into_iter().flatten().flatten() {
                let folder = entry.path();
                let Ok(text) = std::fs::read_to_string(folder.join("data/postmaster.pid")) else { continue };
                let lines: Vec<&str> = text.lines().collect();
                let (Some(pid), Some(port)) = (lines.first(), lines.get(3)) else { continue };
                let conninfo = format!("host={} port={port} user=app_owner dbname={database}", folder.display());
                let nowhere = Environment::default();
                let settings = Settings::resolve(&conninfo, &nowhere).unwrap();
                let reached =
                    Session::connect(&settings, &nowhere, Purpose::Look, Patience::LOOKING, &Interrupt::default());
                let asleep = reached.is_ok_and(|mut session| {
                    let sql = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
                    session.query_one(sql, &[]).is_ok_and(|row| row.get::<_, i64>(0) > 0)
                });
                if asleep {
                    return (folder, pid.trim().parse().unwrap());
                }
            }
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The target dies while it is looked at.
#[test]
fn a_preflight_whose_target_dies_ends_with_an_error() {
    let mut server = ends().pop().unwrap();
    let (target, change) = {
        let world = World::new(&server, "p0-2");
        (world.conninfo("postgres"), Change::read(&example("p0-2")).unwrap())
    };
    // Somebody holds what the look needs.
    let mut holder = server.cluster.session_as("postgres", "directus", Purpose::Change).unwrap();
    holder.execute("BEGIN").unwrap();
    holder.execute("LOCK TABLE pg_catalog.pg_description IN ACCESS EXCLUSIVE MODE").unwrap();
    let looking = std::thread::spawn(move || {
        let context = preflight::Context::default();
        preflight::look(&change, &target, &context, &Environment::default(), &Interrupt::default()).map(drop)
    });
    wait_for_session(&server, "wait_event_type = 'Lock'");
    server.cluster.crash().unwrap();
    let failure = looking.join().unwrap().unwrap_err();
    assert!(failure.code().starts_with("pg.") || failure.code().starts_with("catalog."), "{failure}");
    assert_eq!(failure.exit_status(), 4);
    drop(holder);
}

/// Two at the same time on one decision: exactly one applies.
#[test]
fn of_two_applies_at_once_exactly_one_runs() {
    let server = ends().pop().unwrap();
    let world = World::new(&server, "p0-2");
    world.sign(&world.warrant(Operation::Apply, "workflow_admin"));
    let outcomes: Vec<Result<RunOutcome, &'static str>> = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    world
                        .execute(Operation::Apply, "workflow_admin")
                        .map(|run| run.outcome)
                        .map_err(|failure| failure.code())
                })
            })
            .collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    let passed = outcomes.iter().filter(|outcome| **outcome == Ok(RunOutcome::Pass)).count();
    assert_eq!(passed, 1, "{outcomes:?}");
}
