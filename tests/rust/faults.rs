//! Clients, servers, connections and disks that fail at a message of the protocol, at every step of apply and rollback:
//! afterwards the outcome is known, the change is there as a whole or not at all, nothing was done twice, and nothing is
//! left behind. `FAULTS` says how many, `SEED` which.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "support/proxy.rs"]
mod proxy;
mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use pgwarrant::apply::recovery::{self, Standing, Status};
use pgwarrant::apply::{self, ApplyError, Request};
use pgwarrant::base::{Coded as _, Digest, Interrupt};
use pgwarrant::journal::{self, JournalError};
use pgwarrant::package::Package;
use pgwarrant::pg::{Environment, Purpose};
use pgwarrant::warrant::Operation;
use proxy::{After, Direction, Fate, Message, Proxy};
use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, prlimit};
use support::world::{World, dump};
use support::{Server, discovery, outer_servers};

/// What is done at one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fault {
    CutBefore,
    CutAfter,
    Truncate,
    SilenceBefore,
    SilenceAfter,
    Delay,
    KillClientBefore,
    KillClientAfter,
    KillBackend,
    KillServer,
    StopServer,
    FillDisk,
}

const FAULTS: [Fault; 12] = [
    Fault::CutBefore,
    Fault::CutAfter,
    Fault::Truncate,
    Fault::SilenceBefore,
    Fault::SilenceAfter,
    Fault::Delay,
    Fault::KillClientBefore,
    Fault::KillClientAfter,
    Fault::KillBackend,
    Fault::KillServer,
    Fault::StopServer,
    Fault::FillDisk,
];

/// The steps of a run, by what begins them on the wire.
const STEPS: [(&str, &str); 12] = [
    ("connect", ""),
    ("look", "REPEATABLE READ READ ONLY"),
    ("begin", "BEGIN ISOLATION LEVEL REPEATABLE READ READ WRITE"),
    ("lock", "pg_try_advisory_xact_lock"),
    ("xid", "SELECT pg_catalog.pg_current_xact_id()::text"),
    ("durable", "pg_logical_emit_message"),
    ("statements", "UPDATE app.counter"),
    ("constraints", "SET CONSTRAINTS ALL IMMEDIATE"),
    ("witness", "pg_current_xact_id_if_assigned()::text"),
    ("commit", "COMMIT"),
    ("outcome", "pg_xact_status($1"),
    ("afterwards", "REPEATABLE READ READ ONLY"),
];

const BASELINE: &str = "CREATE ROLE owner_of_app LOGIN; GRANT CREATE ON DATABASE faulty TO owner_of_app;
SET ROLE owner_of_app;
CREATE SCHEMA app; CREATE TABLE app.counter (n int); INSERT INTO app.counter VALUES (0);
CREATE TABLE app.users (id int PRIMARY KEY, name text);";

const SCRIPT: &str = "BEGIN;
UPDATE app.counter SET n = n + 1 WHERE n >= 0;
CREATE TABLE app.made (id int PRIMARY KEY, of int REFERENCES app.users);
CREATE INDEX named ON app.users (name);
COMMENT ON TABLE app.users IS 'all of them';
COMMIT;
";

const ROLLBACK: &str = "BEGIN;
UPDATE app.counter SET n = n - 1 WHERE n >= 0;
COMMENT ON TABLE app.users IS NULL;
DROP INDEX app.named;
DROP TABLE app.made;
COMMIT;
";

const CONTRACT: &str = "change faulty
target database faulty
role owner_of_app

allow
    CREATE TABLE = 1
    CREATE INDEX = 1
    COMMENT
    UPDATE
    within schema app
    transaction one
after
    V-1 tables in app + 1
    V-2 rows in app.counter = 1
    V-3 nothing else changes
";

fn files() -> BTreeMap<String, Vec<u8>> {
    let scaffold = BASELINE.split_once("SET ROLE owner_of_app;").unwrap().1;
    [("change.sql", SCRIPT), ("rollback.sql", ROLLBACK), ("change.contract", CONTRACT), ("scaffold.sql", scaffold)]
        .map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()))
        .into()
}

/// The body of the process that the faults hit. Run by itself it does nothing.
#[test]
fn runs_in_a_process_of_its_own() {
    let Some(package) = std::env::var_os("PGWARRANT_TEST_PACKAGE") else { return };
    let folder = PathBuf::from(std::env::var_os("PGWARRANT_TEST_FOLDER").unwrap());
    let said = |name: &str| std::env::var(name).unwrap();
    let operation = if said("PGWARRANT_TEST_OPERATION") == "apply" { Operation::Apply } else { Operation::Rollback };
    let outcome = apply::execute(&Request {
        package: Path::new(&package),
        operation,
        target: &said("PGWARRANT_TEST_TARGET"),
        trust: &folder.join("allowed_signers"),
        warrant: Some(&said("PGWARRANT_TEST_WARRANT")),
        backup: Some(Path::new(&said("PGWARRANT_TEST_BACKUP"))),
        backup_target: None,
        environment: &Environment::default(),
        discovery: &discovery(),
        state: Some(&folder.join("state")),
        patience: Duration::from_secs(15),
        interrupt: &Interrupt::default(),
    });
    let word = match outcome {
        Ok(run) => format!("{:?}", run.outcome),
        Err(failure @ (ApplyError::Unresolved { .. } | ApplyError::Unrecorded { .. })) => failure.code().to_owned(),
        Err(failure) => format!("{} {failure}", failure.code()),
    };
    println!("outcome: {word}");
}

/// One run under one fault.
#[derive(Clone, Debug)]
struct Trial {
    operation: Operation,
    step: &'static str,
    fault: Fault,
    /// Which message of the step.
    at: usize,
}

/// What came of it.
#[derive(Debug, Default)]
struct Found {
    applied: bool,
    hung: bool,
    fired: bool,
    wrong: Vec<String>,
}

/// A package that is run again and again, forward and back. The server is not held: it is killed and started.
struct Stage {
    folder: Option<tempfile::TempDir>,
    database: String,
    package: PathBuf,
    pristine: PathBuf,
    backup: PathBuf,
    proxy: Proxy,
    conninfo: String,
    /// The structure before and after.
    sides: [String; 2],
    applied: bool,
    runs: usize,
}

impl Stage {
    fn set(server: &Server) -> Self {
        let world = World::of(server, &files(), BASELINE);
        let (folder, port) = (server.cluster.folder().unwrap(), server.cluster.port());
        let proxy = Proxy::before(folder, port);
        let conninfo = format!(
            "host={} port={port} user=owner_of_app dbname={} connect_timeout=2",
            proxy.folder().display(),
            world.database
        );
        let package = Package::open(&world.package).unwrap();
        let (target, nowhere) = (world.conninfo("postgres"), Environment::default());
        let (_, backup) =
            apply::backup::take_for(&package, &target, &nowhere, &discovery(), &Interrupt::default()).unwrap();
        let kept = world.folder.path().join("backup");
        std::fs::rename(backup.parent().unwrap(), &kept).unwrap();
        let pristine = world.folder.path().join("pristine");
        copy(&world.package, &pristine);
        let before = world.dump();
        let World { folder, database, package, .. } = world;
        Self {
            folder: Some(folder),
            database,
            package,
            pristine,
            backup: kept.join("backup.json"),
            proxy,
            conninfo,
            sides: [before, String::new()],
            applied: false,
            runs: 0,
        }
    }

    fn folder(&self) -> &Path {
        self.folder.as_ref().unwrap().path()
    }

    /// Signs a decision about the next operation.
    fn sign(&mut self, server: &Server, operation: Operation) -> Digest {
        let world = World {
            server,
            database: self.database.clone(),
            folder: self.folder.take().unwrap(),
            package: self.package.clone(),
            environment: Environment::default(),
        };
        let digest = world.sign(&world.warrant(operation, "owner_of_app"));
        self.folder = Some(world.folder);
        digest
    }

    fn next(&self) -> Operation {
        if self.applied { Operation::Rollback } else { Operation::Apply }
    }

    /// A fresh copy of the package now and then, so that few runs have to be asked about.
    fn renew(&mut self) {
        self.runs += 1;
        if !self.applied && self.runs > 20 {
            self.runs = 0;
            let folder = self.folder().join(format!("package-{}", fastrand::u64(..)));
            copy(&self.pristine, &folder);
            self.package = folder;
        }
    }

    fn start(&self, operation: Operation, warrant: &Digest) -> Child {
        // Files that grow too large are an error, as on a full disk, and not the end of the process.
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "trap '' XFSZ; exec \"$@\"", "sh"]).arg(std::env::current_exe().unwrap());
        command
            .args(["--exact", "runs_in_a_process_of_its_own", "--nocapture"])
            .env("PGWARRANT_TEST_PACKAGE", &self.package)
            .env("PGWARRANT_TEST_FOLDER", self.folder())
            .env("PGWARRANT_TEST_OPERATION", if operation == Operation::Apply { "apply" } else { "rollback" })
            .env("PGWARRANT_TEST_WARRANT", warrant.as_str())
            .env("PGWARRANT_TEST_TARGET", &self.conninfo)
            .env("PGWARRANT_TEST_BACKUP", &self.backup)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        command.spawn().unwrap()
    }

    /// How many messages each step has, in a run without a fault.
    fn measure(&mut self, server: &Server) -> BTreeMap<&'static str, usize> {
        let operation = self.next();
        let counted = Arc::new(Mutex::new(BTreeMap::new()));
        let (steps, counts) = (Steps::default(), Arc::clone(&counted));
        self.proxy.decide(move |message| {
            *counts.lock().unwrap().entry(steps.step(message)).or_insert(0) += 1;
            Fate::Forward
        });
        let warrant = self.sign(server, operation);
        let done = self.start(operation, &warrant).wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&done.stdout).into_owned();
        assert!(said.contains("outcome: Pass"), "{said}");
        self.applied = operation == Operation::Apply;
        let structure = dump(server, &self.database);
        if self.applied {
            self.sides[1] = structure;
        } else {
            assert_eq!(structure, self.sides[0]);
        }
        let counted = counted.lock().unwrap().clone();
        for (step, _) in STEPS {
            assert!(counted.contains_key(step), "no message of the step {step}: {counted:?}");
        }
        counted
    }

    /// Asks what became of a run, and compares with what is there.
    fn look(&mut self, server: &Server, trial: &Trial, said: Option<&str>, found: &mut Found) {
        let target = server.cluster.conninfo_as("postgres", &self.database).unwrap();
        let package = Package::open(&self.package).unwrap();
        let status = recovery::status(&package, Some(&target), &Environment::default(), &Interrupt::default());
        let mut wrong = Vec::new();
        let status: Option<Status> = match status {
            Ok(status) => Some(status),
            Err(failure) => {
                wrong.push(format!("status: {failure}"));
                None
            }
        };
        let mut session = server.cluster.session_as("postgres", &self.database, Purpose::Look).unwrap();
        let mut number = |sql: &str| session.query_one(sql, &[]).unwrap().get::<_, i64>(0);
        // A connection that is swallowed while it is made leaves a server process that nobody knows by number. It holds
        // nothing, and ends with the keepalives of its socket.
        let nameless = "(query = '' OR query LIKE '%server_version_num%')";
        let of_ours = "FROM pg_stat_activity WHERE datname = 'faulty' AND usename = 'owner_of_app'";
        if matches!(trial.fault, Fault::SilenceBefore | Fault::SilenceAfter) {
            let mut admin = server.cluster.session_as("postgres", &self.database, Purpose::Change).unwrap();
            admin.query(&format!("SELECT pg_terminate_backend(pid) {of_ours} AND {nameless}"), &[]).unwrap();
        }
        // What is told to end takes a moment to go.
        let left = &format!("SELECT count(*) {of_ours}");
        let deadline = Instant::now() + Duration::from_secs(3);
        while number(left) > 0 && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(10));
        }
        if number(left) > 0 {
            let mut asking = server.cluster.session_as("postgres", &self.database, Purpose::Look).unwrap();
            let sql = format!("SELECT concat_ws(' ', pid, state, wait_event, left(query, 60)) {of_ours}");
            let rows = asking.query(&sql, &[]).unwrap();
            let sessions: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
            wrong.push(format!("sessions are left: {}; {said:?}", sessions.join("; ")));
        }
        if number("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' OR mode = 'AccessExclusiveLock'") > 0 {
            wrong.push("a lock is left".to_owned());
        }
        if number("SELECT count(*) FROM pg_prepared_xacts") > 0 {
            wrong.push("a prepared transaction is left".to_owned());
        }
        let counter = number("SELECT n::int8 FROM app.counter");
        let structure = dump(server, &self.database);
        let [before, after] = [0, 1].map(|side| structure == self.sides[side]);
        let truth = match (before, after, counter) {
            (true, false, 0) => Some(false),
            (false, true, 1) => Some(true),
            _ => None,
        };
        let Some(applied) = truth else {
            wrong.push(format!("neither before nor after: counter {counter}"));
            found.wrong = wrong;
            return;
        };
        if let Some(status) = status {
            let claimed = status.state == "applied";
            if claimed != applied {
                wrong.push(format!("status says {}, applied is {applied}", status.state));
            }
            for run in &status.runs {
                if matches!(run.standing, Standing::Unresolved | Standing::Running) {
                    wrong.push(format!("{} is {:?}: {:?}", run.run, run.standing, run.because));
                }
                let path = self.package.join("runs").join(&run.run).join("journal.jsonl");
                match journal::read(&path) {
                    Ok(chain) if chain.torn_bytes > 0 && run.torn_bytes == 0 => {
                        wrong.push("a torn end is not named".to_owned());
                    }
                    Ok(_) | Err(JournalError::Empty { .. }) => {}
                    Err(JournalError::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {}
                    Err(failure) => wrong.push(failure.to_string()),
                }
            }
        }
        // What the run itself said has to be true too.
        let committed = applied != self.applied;
        match said {
            Some("Pass" | "Fail" | "apply.unrecorded") if !committed => {
                wrong.push(format!("{said:?}, and nothing changed"));
            }
            None | Some("Pass" | "Fail" | "apply.unrecorded" | "apply.unresolved") => {}
            Some(_) if committed => wrong.push(format!("{said:?}, and it was committed")),
            Some(_) => {}
        }
        if trial.fault == Fault::Delay && said.is_none_or(|said| said != "Pass") {
            wrong.push(format!("a slow network: {said:?}"));
        }
        found.applied = committed;
        found.wrong = wrong;
        self.applied = applied;
        self.renew();
    }
}

fn copy(from: &Path, to: &Path) {
    let done = Command::new("cp").arg("-r").arg(from).arg(to).status().unwrap();
    assert!(done.success());
}

/// Tells the steps of a run from what goes over the wire.
#[derive(Default)]
struct Steps(AtomicUsize);

impl Steps {
    fn step(&self, message: &Message<'_>) -> &'static str {
        let at = self.0.load(Ordering::SeqCst);
        let next = STEPS.get(at + 1).filter(|_| message.direction == Direction::ToServer);
        match next {
            Some((name, sign)) if holds(message.bytes, sign) => {
                self.0.store(at + 1, Ordering::SeqCst);
                name
            }
            _ => STEPS[at].0,
        }
    }
}

fn holds(bytes: &[u8], sign: &str) -> bool {
    bytes.windows(sign.len()).any(|window| window == sign.as_bytes())
}

/// Kills a server with all its processes at once.
fn kill_server(postmaster: i32) {
    let kill = |pid: i32| Pid::from_raw(pid).map(|pid| kill_process(pid, Signal::KILL));
    // Stopped first, so that it makes no new ones meanwhile.
    let _ = Pid::from_raw(postmaster).map(|pid| kill_process(pid, Signal::STOP));
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<i32>().ok()) else { continue };
        let Ok(stat) = std::fs::read_to_string(entry.path().join("stat")) else { continue };
        let parent = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(1));
        if parent.and_then(|parent| parent.parse().ok()) == Some(postmaster) {
            kill(pid);
        }
    }
    kill(postmaster);
}

/// Runs one operation with one fault, and looks at what is left.
fn run(server: &mut Server, stage: &mut Stage, trial: &Trial) -> Found {
    let (fired, client) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
    let postmaster = i32::try_from(server.cluster.process_id().unwrap()).unwrap();
    let (steps, seen, trial_of) = (Steps::default(), AtomicUsize::new(0), trial.clone());
    let (hit, hitting, runs) = (Arc::clone(&fired), Arc::clone(&client), stage.package.join("runs"));
    stage.proxy.decide(move |message| {
        if steps.step(message) != trial_of.step || seen.fetch_add(1, Ordering::SeqCst) != trial_of.at {
            return Fate::Forward;
        }
        // The judge may hear before the child's number is known.
        let client = loop {
            match i32::try_from(hitting.load(Ordering::SeqCst)).unwrap() {
                0 => std::thread::sleep(Duration::from_millis(1)),
                pid => break pid,
            }
        };
        hit.store(true, Ordering::SeqCst);
        let kill = |pid: i32, signal| {
            let _ = Pid::from_raw(pid).map(|pid| kill_process(pid, signal));
        };
        match trial_of.fault {
            Fault::CutBefore => Fate::LoseAnd(After::Cut),
            Fault::CutAfter => Fate::ForwardAnd(After::Cut),
            Fault::Truncate => Fate::Truncate,
            Fault::SilenceBefore => Fate::LoseAnd(After::Silence),
            Fault::SilenceAfter => Fate::ForwardAnd(After::Silence),
            Fault::Delay => Fate::Delay(300),
            Fault::KillClientBefore => {
                kill(client, Signal::KILL);
                Fate::LoseAnd(After::Cut)
            }
            Fault::KillClientAfter => {
                kill(client, Signal::KILL);
                Fate::ForwardAnd(After::Cut)
            }
            Fault::KillBackend => {
                if let Some(backend) = message.backend {
                    kill(backend, Signal::KILL);
                }
                Fate::Forward
            }
            Fault::KillServer => {
                kill_server(postmaster);
                Fate::Forward
            }
            Fault::StopServer => {
                kill(postmaster, Signal::QUIT);
                Fate::Forward
            }
            Fault::FillDisk => {
                // Some bytes more, so that an entry may be torn.
                let written = newest_journal(&runs).and_then(|path| std::fs::metadata(path).ok());
                let limit = written.map_or(0, |file| file.len()) + (trial_of.at as u64 * 37) % 200;
                let _ = prlimit(
                    Pid::from_raw(client),
                    Resource::Fsize,
                    Rlimit { current: Some(limit), maximum: Some(limit) },
                );
                Fate::Forward
            }
        }
    });
    let warrant = stage.sign(server, trial.operation);
    let mut child = stage.start(trial.operation, &warrant);
    client.store(child.id(), Ordering::SeqCst);
    let mut found = Found::default();
    let deadline = Instant::now() + Duration::from_secs(60);
    while child.try_wait().unwrap().is_none() {
        if Instant::now() > deadline {
            found.hung = true;
            child.kill().unwrap();
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let said = String::from_utf8_lossy(&child.wait_with_output().unwrap().stdout).into_owned();
    let said = said.split_once("outcome: ").map(|(_, rest)| rest.lines().next().unwrap_or("").to_owned());
    stage.proxy.decide(|_| Fate::Forward);
    found.fired = fired.load(Ordering::SeqCst);
    if matches!(trial.fault, Fault::KillServer | Fault::StopServer) && found.fired {
        server.cluster.restart().unwrap();
    }
    // A server whose process was killed starts again by itself.
    let deadline = Instant::now() + Duration::from_secs(30);
    while let Err(failure) = server.cluster.session_as("postgres", &stage.database, Purpose::Look) {
        assert!(Instant::now() < deadline, "the server does not come back: {failure}");
        std::thread::sleep(Duration::from_millis(20));
    }
    stage.look(server, trial, said.as_deref(), &mut found);
    found
}

fn newest_journal(runs: &Path) -> Option<PathBuf> {
    let named = |path: &PathBuf| path.join("journal.jsonl").exists();
    let mut runs: Vec<PathBuf> =
        std::fs::read_dir(runs).ok()?.flatten().map(|entry| entry.path()).filter(named).collect();
    runs.sort();
    Some(runs.pop()?.join("journal.jsonl"))
}

/// Which faults came out how, by step.
type Table = BTreeMap<(usize, Fault), (usize, usize)>;

fn print(table: &Table) {
    print!("{:12}", "");
    for fault in FAULTS {
        print!(" {:>17}", format!("{fault:?}"));
    }
    println!();
    for (number, (step, _)) in STEPS.iter().enumerate() {
        print!("{step:12}");
        for fault in FAULTS {
            let cell = table.get(&(number, fault)).map(|(done, undone)| format!("{done} in, {undone} out"));
            print!(" {:>17}", cell.unwrap_or_default());
        }
        println!();
    }
}

#[test]
fn whatever_fails_the_outcome_is_known() {
    let said = |name: &str, otherwise: u64| std::env::var(name).map_or(otherwise, |value| value.parse().unwrap());
    let (wanted, seed) = (said("FAULTS", 40), said("SEED", 1));
    let servers = outer_servers();
    // Some faults only, where somebody looks for something.
    let only = std::env::var("ONLY").unwrap_or_default();
    let kinds: Vec<Fault> = FAULTS.into_iter().filter(|fault| format!("{fault:?}").contains(&only)).collect();
    let kinds = &kinds;
    let share = wanted.div_ceil(servers.len() as u64);
    let results = Mutex::new((Table::new(), Vec::new(), 0, 0));
    std::thread::scope(|scope| {
        for (worker, installed) in servers.iter().enumerate() {
            let results = &results;
            scope.spawn(move || {
                let mut random = fastrand::Rng::with_seed(seed * 1_000 + worker as u64);
                let mut server = Server::start(installed);
                let mut stage = Stage::set(&server);
                let counts = [stage.measure(&server), stage.measure(&server)];
                let mut done = 0;
                while done < share {
                    let operation = stage.next();
                    let number = random.usize(..STEPS.len());
                    let step = STEPS[number].0;
                    let of_step = counts[usize::from(operation == Operation::Rollback)][step];
                    let fault = kinds[random.usize(..kinds.len())];
                    let trial = Trial { operation, step, fault, at: random.usize(..of_step) };
                    let found = run(&mut server, &mut stage, &trial);
                    let mut results = results.lock().unwrap();
                    if found.fired {
                        done += 1;
                        let cell = results.0.entry((number, fault)).or_default();
                        if found.applied { cell.0 += 1 } else { cell.1 += 1 }
                    } else {
                        results.2 += 1;
                    }
                    results.3 += usize::from(found.hung);
                    for wrong in &found.wrong {
                        let line = format!("PostgreSQL {}: {trial:?}: {wrong}", server.major());
                        eprintln!("{line}");
                        results.1.push(line);
                    }
                    if found.hung {
                        eprintln!("PostgreSQL {}: {trial:?}: hung", server.major());
                    }
                    // A stage that is neither before nor after is no place for another run.
                    if found.wrong.iter().any(|wrong| wrong.starts_with("neither")) {
                        return;
                    }
                }
            });
        }
    });
    let (table, wrong, missed, hung) = results.into_inner().unwrap();
    print(&table);
    let (done, undone) = table.values().fold((0, 0), |sum, cell| (sum.0 + cell.0, sum.1 + cell.1));
    println!(
        "{} faults (seed {seed}): {done} committed, {undone} not committed, {} wrong, {hung} waited for more than 60 s; \
         {missed} runs ended before their message",
        done + undone,
        wrong.len()
    );
    assert!(wrong.is_empty(), "{wrong:#?}");
}
