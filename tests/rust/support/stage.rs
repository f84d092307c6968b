//! A package that is run forward and back under faults, and what has to be true of it and of its target afterwards.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use pgwarrant::apply;
use pgwarrant::apply::recovery::{self, Standing, Status};
use pgwarrant::base::{Digest, Interrupt};
use pgwarrant::journal::{self, JournalError};
use pgwarrant::package::Package;
use pgwarrant::pg::{Environment, Purpose};
use pgwarrant::warrant::Operation;

use super::proxy::{Direction, Fate, Message, Proxy};
use crate::support::world::{World, dump};
use crate::support::{Server, discovery};

/// What is done at one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
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
    /// The server's files have no room to grow.
    FillServer,
    /// Nor has its log, which it cannot do without.
    FillServerLog,
}

pub const FAULTS: [Fault; 14] = [
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
    Fault::FillServer,
    Fault::FillServerLog,
];

/// The steps of a run, by what begins them on the wire.
pub const STEPS: [(&str, &str); 12] = [
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
    ("outcome", "pg_xact_status('"),
    ("afterwards", "REPEATABLE READ READ ONLY"),
];

pub const BASELINE: &str = "CREATE ROLE owner_of_app LOGIN; GRANT CREATE ON DATABASE faulty TO owner_of_app;
SET ROLE owner_of_app;
CREATE SCHEMA app; CREATE TABLE app.counter (n int); INSERT INTO app.counter VALUES (0);
CREATE TABLE app.users (id int PRIMARY KEY, name text);";

pub const SCRIPT: &str = "BEGIN;
UPDATE app.counter SET n = n + 1 WHERE n >= 0;
CREATE TABLE app.made (id int PRIMARY KEY, of int REFERENCES app.users);
CREATE INDEX named ON app.users (name);
COMMENT ON TABLE app.users IS 'all of them';
COMMIT;
";

pub const ROLLBACK: &str = "BEGIN;
UPDATE app.counter SET n = n - 1 WHERE n >= 0;
COMMENT ON TABLE app.users IS NULL;
DROP INDEX app.named;
DROP TABLE app.made;
COMMIT;
";

pub const CONTRACT: &str = "change faulty
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

pub fn files() -> BTreeMap<String, Vec<u8>> {
    let scaffold = BASELINE.split_once("SET ROLE owner_of_app;").unwrap().1;
    [("change.sql", SCRIPT), ("rollback.sql", ROLLBACK), ("change.contract", CONTRACT), ("scaffold.sql", scaffold)]
        .map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()))
        .into()
}

/// One run under one fault.
#[derive(Clone, Debug)]
pub struct Trial {
    pub operation: Operation,
    pub step: &'static str,
    pub fault: Fault,
    /// Which message of the step.
    pub at: usize,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Found {
    pub applied: bool,
    pub hung: bool,
    pub fired: bool,
    pub wrong: Vec<String>,
}

/// A package that is run again and again, forward and back. The server is not held: it is killed and started.
pub struct Stage {
    pub folder: Option<tempfile::TempDir>,
    pub database: String,
    pub package: PathBuf,
    pub pristine: PathBuf,
    pub backup: PathBuf,
    pub proxy: Proxy,
    pub conninfo: String,
    /// The structure before and after.
    pub sides: [String; 2],
    pub applied: bool,
    pub runs: usize,
}

impl Stage {
    pub fn set(server: &Server) -> Self {
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

    pub fn folder(&self) -> &Path {
        self.folder.as_ref().unwrap().path()
    }

    /// Signs a decision about the next operation.
    pub fn sign(&mut self, server: &Server, operation: Operation) -> Digest {
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

    pub fn next(&self) -> Operation {
        if self.applied { Operation::Rollback } else { Operation::Apply }
    }

    /// A fresh copy of the package now and then, so that few runs have to be asked about.
    pub fn renew(&mut self) {
        self.runs += 1;
        if !self.applied && self.runs > 20 {
            self.runs = 0;
            let folder = self.folder().join(format!("package-{}", fastrand::u64(..)));
            copy(&self.pristine, &folder);
            self.package = folder;
        }
    }

    pub fn start(&self, operation: Operation, warrant: &Digest) -> Child {
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
    pub fn measure(&mut self, server: &Server) -> BTreeMap<&'static str, usize> {
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
    pub fn look(&mut self, server: &Server, trial: &Trial, said: Option<&str>, found: &mut Found) {
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
        // A connection that is swallowed while it is made leaves a server process that nobody knows by number, and one whose
        // goodbye is swallowed leaves one that is idle. They hold nothing, and end with the keepalives of their sockets:
        // ending an idle one ourselves could hit somebody else's behind a pooler.
        let unheard: Vec<String> = self.proxy.unheard_goodbyes().iter().map(i32::to_string).collect();
        let nameless = &format!(
            "(query = '' OR query LIKE '%server_version_num%' OR (state = 'idle' AND pid = ANY ('{{{}}}'::int[])))",
            unheard.join(",")
        );
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

pub fn copy(from: &Path, to: &Path) {
    let done = Command::new("cp").arg("-r").arg(from).arg(to).status().unwrap();
    assert!(done.success());
}

/// Tells the steps of a run from what goes over the wire.
#[derive(Default)]
pub struct Steps(AtomicUsize);

impl Steps {
    pub fn step(&self, message: &Message<'_>) -> &'static str {
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

pub fn holds(bytes: &[u8], sign: &str) -> bool {
    bytes.windows(sign.len()).any(|window| window == sign.as_bytes())
}
