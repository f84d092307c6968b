//! A password that opens, and a key that signs, go through every phase and stand nowhere afterwards: in no file, no log line, no
//! error and no process title.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use pgwarrant::apply::{Dossier, RunOutcome, backup, recovery, verify};
use pgwarrant::base::{Coded, Interrupt};
use pgwarrant::change::Change;
use pgwarrant::package::Package;
use pgwarrant::preflight;
use pgwarrant::rehearsal::{self, Base, Options};
use pgwarrant::warrant::Operation;

use crate::support;
use crate::support::heard::{heard, listen};
use crate::support::world::{World, example};
use crate::support::{Server, discovery};

const PASSWORD: &str = "correct-horse-battery-staple";
const ROLE: &str = "workflow_admin";

/// The titles of all processes that ran meanwhile, as anyone on the machine sees them.
fn watched<T>(work: impl FnOnce() -> T) -> (T, BTreeSet<String>) {
    let (done, titles) = (AtomicBool::new(false), Mutex::new(BTreeSet::new()));
    let result = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                for entry in std::fs::read_dir("/proc").unwrap().flatten() {
                    let title = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
                    titles.lock().unwrap().insert(String::from_utf8_lossy(&title).replace('\0', " "));
                }
                std::thread::sleep(Duration::from_millis(2));
            }
        });
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
        done.store(true, Ordering::Relaxed);
        result
    });
    (result.unwrap_or_else(|cause| std::panic::resume_unwind(cause)), titles.into_inner().unwrap())
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let inside = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    inside.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn everything(failure: &dyn Coded) -> String {
    format!("{failure} {failure:?} {:?} {:?}", failure.hint(), failure.facts())
}

#[test]
fn passwords_and_keys_stand_nowhere() {
    listen();
    let server = &Server::start(support::servers().last().unwrap());
    let world = World::new(server, "p0-2");
    let with_password = |role: &str| format!("{} password={PASSWORD}", world.conninfo(role));
    let (discovery, interrupt) = (discovery(), Interrupt::default());
    let mut told = Vec::new();
    let ((), titles) = watched(|| {
        let change = Change::read(&example("p0-2")).unwrap();
        let target = with_password("postgres");
        let options = Options {
            major: None,
            base: Base::Restored,
            target: Some(&target),
            role: None,
            discovery: &discovery,
            environment: &world.environment,
            interrupt: &interrupt,
        };
        told.push(serde_json::to_string(&rehearsal::dry_run(&change, &options).unwrap()).unwrap());
        let seen = preflight::look(
            &change,
            &with_password(ROLE),
            &preflight::Context::default(),
            &world.environment,
            &interrupt,
        );
        let (seen, snapshot) = seen.unwrap();
        told.push(serde_json::to_string(&seen).unwrap());
        told.push(String::from_utf8(snapshot.to_json().unwrap()).unwrap());
        let package = Package::open(&world.package).unwrap();
        let taken = backup::take_for(&package, &target, &world.environment, &discovery, &interrupt).unwrap();
        told.push(format!("{taken:?}"));
        // Refused: no warrant, nobody listening, another database; and what cannot be read.
        told.push(everything(&world.execute_with(Operation::Apply, &with_password(ROLE), None).unwrap_err()));
        for operation in [Operation::Apply, Operation::Rollback] {
            world.sign(&world.warrant(operation, ROLE));
            for broken in [
                format!("host=/nonexistent user={ROLE} dbname=x password={PASSWORD}"),
                with_password("postgres"),
                format!("{} passwrod={PASSWORD}", world.conninfo(ROLE)),
                format!("postgresql://{ROLE}:{PASSWORD}@[broken/x"),
            ] {
                told.push(everything(&world.execute_with(operation, &broken, None).unwrap_err()));
            }
            let run = world.execute_with(operation, &with_password(ROLE), None).unwrap();
            assert_eq!(run.outcome, RunOutcome::Pass);
            told.push(serde_json::to_string(&run).unwrap());
            let dossier = Dossier::open(&world.package).unwrap();
            let verified = verify::verify(&dossier, &with_password(ROLE), &world.environment, &interrupt).unwrap();
            told.push(serde_json::to_string(&verified).unwrap());
            let package = Package::open(&world.package).unwrap();
            let status = recovery::status(&package, Some(&target), &world.environment, &interrupt).unwrap();
            told.push(serde_json::to_string(&status).unwrap());
        }
    });
    assert!(titles.iter().any(|title| title.contains("pg_dump")), "nobody saw pg_dump: {titles:?}");
    told.extend(titles);
    let key = std::fs::read_to_string(world.folder.path().join("ada")).unwrap();
    let body: Vec<&str> = key.lines().filter(|line| !line.starts_with("-----") && line.len() > 60).collect();
    assert!(!body.is_empty());
    for file in files(world.folder.path()).iter().filter(|file| !file.ends_with("ada")) {
        let bytes = std::fs::read(file).unwrap();
        told.push(format!("{}\n{}", file.display(), String::from_utf8_lossy(&bytes)));
    }
    told.push(heard());
    assert!(told.iter().any(|text| text.contains(ROLE)));
    for text in &told {
        for secret in body.iter().copied().chain([PASSWORD]) {
            assert!(!text.contains(secret), "{secret} stands in {}", text.get(..2_000).unwrap_or(text));
        }
    }
    assert!(!heard().is_empty());
}
