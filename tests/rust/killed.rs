//! Clients, servers and connections that die in the middle: the outcome is always known afterwards, and never twice.

mod support;

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use pgwarrant::apply::record::RunOutcome;
use pgwarrant::apply::recovery::{self, Standing, Status};
use pgwarrant::apply::{self, Dossier, Request};
use pgwarrant::base::{Coded as _, Interrupt};
use pgwarrant::journal;
use pgwarrant::package::Package;
use pgwarrant::pg::{Environment, Purpose};
use pgwarrant::warrant::Operation;
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
        warrant: None,
        backup: None,
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
        child.kill().unwrap();
        child.wait().unwrap();
        // While it is unresolved, nothing else runs on the package.
        world.sign(&world.warrant(Operation::Apply, "workflow_admin"));
        assert_eq!(world.execute(Operation::Apply, "workflow_admin").unwrap_err().code(), "apply.unresolved");
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
        let status = status(&world);
        assert_eq!(
            (status.state.as_str(), status.runs[0].standing),
            ("applied", Standing::ResolvedApplied),
            "{status:#?}"
        );
        assert!(events(&world, &run).ends_with(&["commit".into(), "resolved".into()]));
        assert_ne!(world.dump(), before);
        // Never twice; and what is found to stand can be rolled back.
        world.sign(&world.warrant(Operation::Apply, "workflow_admin"));
        assert_eq!(world.execute(Operation::Apply, "workflow_admin").unwrap_err().code(), "apply.applied-already");
        admin.execute("ALTER SYSTEM RESET synchronous_standby_names").unwrap();
        admin.execute("SELECT pg_reload_conf()").unwrap();
        world.sign(&world.warrant(Operation::Rollback, "workflow_admin"));
        assert_eq!(world.execute(Operation::Rollback, "workflow_admin").unwrap().outcome, RunOutcome::Pass);
        assert_eq!(world.dump(), before);
    }
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
            let (child, _) = apply_elsewhere(&world, "transaction");
            wait_for_session(&server, "wait_event = 'PgSleep'");
            let World { folder, package, .. } = world;
            let target = server.cluster.conninfo_as("postgres", "directus").unwrap();
            server.cluster.crash().unwrap();
            drop(child);
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
