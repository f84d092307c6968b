//! Clients, servers, connections and disks that fail at a message of the protocol, at every step of apply and rollback:
//! afterwards the outcome is known, the change is there as a whole or not at all, nothing was done twice, and nothing is
//! left behind. `FAULTS` says how many, `SEED` which.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use pgwarrant::apply::{self, ApplyError, Request};
use pgwarrant::base::{Coded as _, Interrupt};
use pgwarrant::pg::{Environment, Purpose};
use pgwarrant::warrant::{Operation, Reach};
use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, prlimit};
use support::proxy::{After, Fate};
use support::small_disk::{self, SmallDisk};
use support::stage::{FAULTS, Fault, Found, STEPS, Stage, Steps, Trial};
use support::{Server, discovery, outer_servers};

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
        reach: Reach::Reported,
        warrant: Some(&said("PGWARRANT_TEST_WARRANT")),
        backup: Some(Path::new(&said("PGWARRANT_TEST_BACKUP"))),
        prove_backup: false,
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
fn run(server: &mut Server, stage: &mut Stage, disk: Option<&SmallDisk>, trial: &Trial) -> Found {
    let (fired, client) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
    let postmaster = i32::try_from(server.cluster.process_id().unwrap()).unwrap();
    let (steps, seen, trial_of) = (Steps::default(), AtomicUsize::new(0), trial.clone());
    let (hit, hitting, runs) = (Arc::clone(&fired), Arc::clone(&client), stage.package.join("runs"));
    let filler = disk.map(SmallDisk::filler);
    let beside = server.cluster.conninfo("postgres").unwrap();
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
            Fault::FillServer | Fault::FillServerLog => {
                small_disk::fill(filler.as_ref().unwrap());
                if trial_of.fault == Fault::FillServerLog {
                    small_disk::need_a_new_log_file(&beside);
                }
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
    if let Some(disk) = disk {
        disk.free();
    }
    // A server that cannot write its log gives up.
    if matches!(trial.fault, Fault::KillServer | Fault::StopServer | Fault::FillServerLog) && found.fired {
        // Its last processes may take a moment to go.
        let deadline = Instant::now() + Duration::from_secs(30);
        while let Err(failure) = server.cluster.restart() {
            assert!(Instant::now() < deadline, "the server does not start again: {failure}");
            std::thread::sleep(Duration::from_millis(50));
        }
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
    if small_disk::ran_with_own_mounts("whatever_fails_the_outcome_is_known") {
        return;
    }
    let said = |name: &str, otherwise: u64| std::env::var(name).map_or(otherwise, |value| value.parse().unwrap());
    let (wanted, seed) = (said("FAULTS", 12), said("SEED", 1));
    let servers = outer_servers();
    // Some faults only, where somebody looks for something.
    let only = std::env::var("ONLY").unwrap_or_default();
    let kinds: Vec<Fault> = FAULTS.into_iter().filter(|fault| format!("{fault:?}").contains(&only)).collect();
    let share = wanted.div_ceil(servers.len() as u64);
    let results = Mutex::new((Table::new(), Vec::new(), 0, 0));
    std::thread::scope(|scope| {
        for (worker, installed) in servers.iter().enumerate() {
            let (results, mut kinds) = (&results, kinds.clone());
            scope.spawn(move || {
                let mut random = fastrand::Rng::with_seed(seed * 1_000 + worker as u64);
                let mut server = Server::start(installed);
                let disk = SmallDisk::under(&mut server);
                if disk.is_none() {
                    println!("not run: a full disk of PostgreSQL {}", server.major());
                    kinds.retain(|fault| !matches!(fault, Fault::FillServer | Fault::FillServerLog));
                }
                if kinds.is_empty() {
                    return;
                }
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
                    let found = run(&mut server, &mut stage, disk.as_ref(), &trial);
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
