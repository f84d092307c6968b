//! Applies and rollbacks while pgbench works on the table they change, beside `psql -1 -f` of the same scripts: nobody
//! deadlocks, nothing of pgbench fails, and what it costs is printed. `LOAD` is the number of pairs.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use pgwarrant::apply::{RunOutcome, backup};
use pgwarrant::base::Interrupt;
use pgwarrant::package::Package;
use pgwarrant::pg::Purpose;
use pgwarrant::warrant::Operation;
use rustix::process::{Pid, Signal, kill_process};

use crate::support;
use crate::support::world::{World, failed};
use crate::support::{Server, discovery};

const CONTRACT: &str = "change loaded\ntarget database loaded\nrole builder\n\nallow\n    ALTER TABLE\n    CREATE TABLE\n    CREATE INDEX\n    SET\n";
const CHANGE: &str = "SET LOCAL lock_timeout = '2s';\nALTER TABLE public.pgbench_accounts ADD COLUMN extra int;\n\
                      CREATE TABLE public.notes (id int PRIMARY KEY, text text);\nCREATE INDEX notes_text ON public.notes (text);\n";
const TABLES: &str = "
CREATE TABLE public.pgbench_branches (bid int PRIMARY KEY, bbalance int, filler char(88));
CREATE TABLE public.pgbench_tellers (tid int PRIMARY KEY, bid int, tbalance int, filler char(84));
CREATE TABLE public.pgbench_accounts (aid int PRIMARY KEY, bid int, abalance int, filler char(84));
CREATE TABLE public.pgbench_history (tid int, bid int, aid int, delta int, mtime timestamp, filler char(22));
";
const ROWS: &str = "
INSERT INTO public.pgbench_branches VALUES (1, 0);
INSERT INTO public.pgbench_tellers SELECT n, 1, 0 FROM generate_series(1, 10) n;
INSERT INTO public.pgbench_accounts SELECT n, 1, 0 FROM generate_series(1, 100000) n;
";
/// What pgbench says at its end, and the server.
#[derive(Debug)]
struct Told {
    transactions: u64,
    failed: u64,
    latency_ms: f64,
    /// Of the one that waited longest.
    worst_ms: f64,
    deadlocks: i64,
    pair_ms: f64,
}

/// Runs the pairs while pgbench works, and ends it.
fn under_load(world: &World<'_>, pairs: u32, pair: impl Fn()) -> Told {
    let before = deadlocks(world);
    let log = tempfile::tempdir().unwrap();
    let bench = pgbench(world, log.path());
    let begun = Instant::now();
    for _ in 0..pairs {
        pair();
    }
    let took = begun.elapsed();
    // The signal of its own clock: it stops, and says what it did.
    let pid = Pid::from_child(&bench);
    kill_process(pid, Signal::ALARM).unwrap();
    let output = bench.wait_with_output().unwrap();
    let (said, problems) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success() && !problems.contains("abort"), "{problems}\n{said}");
    let number = |name: &str| {
        let line =
            said.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("no {name} in {said}"));
        line.split_whitespace().next().unwrap().parse::<f64>().unwrap()
    };
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts")]
    Told {
        transactions: number("number of transactions actually processed:") as u64,
        failed: number("number of failed transactions:") as u64,
        latency_ms: number("latency average ="),
        worst_ms: worst(log.path()),
        deadlocks: deadlocks(world) - before,
        pair_ms: took.as_secs_f64() * 1_000.0 / f64::from(pairs),
    }
}

fn pgbench(world: &World<'_>, log: &Path) -> Child {
    let client = world.server.client("psql", "postgres");
    let mut bench = Command::new(world.server.cluster.server().bin.join("pgbench"));
    bench.env_clear().envs(client.get_envs().filter_map(|(name, value)| Some((name, value?))));
    // More than any run takes.
    bench
        .args(["-n", "-c", "4", "-j", "2", "-s", "1", "-T", "3600"])
        .arg("-l")
        .arg("--log-prefix")
        .arg(log.join("took"))
        .arg(&world.database);
    bench.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// The third word of each line of pgbench's logs: microseconds.
fn worst(log: &Path) -> f64 {
    let files = std::fs::read_dir(log).unwrap().map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
    let took = |line: &str| line.split_whitespace().nth(2).and_then(|word| word.parse::<f64>().ok());
    files.flat_map(|text| text.lines().filter_map(took).collect::<Vec<_>>()).fold(0.0, f64::max) / 1_000.0
}

fn deadlocks(world: &World<'_>) -> i64 {
    let mut session = world.server.cluster.session_as("postgres", "postgres", Purpose::Look).unwrap();
    let question = "SELECT deadlocks FROM pg_catalog.pg_stat_database WHERE datname::text = $1";
    session.query_one(question, &[&world.database]).unwrap().get(0)
}

/// As a person would without us.
fn psql(world: &World<'_>, file: &Path, more: &[&str]) {
    let mut command = world.server.client("psql", "builder");
    let command =
        command.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", &world.database]).args(more).arg("-f").arg(file);
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The newest server that has pgbench beside it.
fn server() -> Option<Server> {
    let found = support::servers().into_iter().rev().find(|server| server.bin.join("pgbench").is_file());
    if found.is_none() {
        println!("not run: no server here has pgbench");
    }
    found.map(|server| Server::start(&server))
}

#[test]
fn nothing_fails_beside_a_run() {
    let Ok(pairs) = std::env::var("LOAD").map(|pairs| pairs.parse::<u32>().unwrap()) else {
        println!("not run: LOAD says nothing (make load)");
        return;
    };
    let Some(server) = server() else { return };
    let files = BTreeMap::from([
        ("change.sql".to_owned(), CHANGE.as_bytes().to_vec()),
        ("change.contract".to_owned(), CONTRACT.as_bytes().to_vec()),
        ("scaffold.sql".to_owned(), TABLES.as_bytes().to_vec()),
    ]);
    let owned =
        format!("CREATE ROLE builder LOGIN;\nALTER SCHEMA public OWNER TO builder;\nSET ROLE builder;\n{TABLES}{ROWS}");
    let world = World::of(&server, &files, &owned);
    let before = world.dump();
    let package = Package::open(&world.package).unwrap();
    let target = world.conninfo("postgres");
    let (_, record) =
        backup::take_for(&package, &target, &world.environment, &discovery(), &Interrupt::default()).unwrap();

    let idle = under_load(&world, 1, || std::thread::sleep(Duration::from_secs(1)));
    let ours = under_load(&world, pairs, || {
        for operation in [Operation::Apply, Operation::Rollback] {
            world.sign(&world.warrant(operation, "builder"));
            let run = world.execute_with(operation, &world.conninfo("builder"), Some(&record)).unwrap();
            assert_eq!(run.outcome, RunOutcome::Pass, "{:#?} {:?}", failed(&run.checks), run.error);
        }
    });
    let plain = under_load(&world, pairs, || {
        psql(&world, &world.package.join("change.sql"), &["-1"]);
        psql(&world, &world.package.join("rollback.sql"), &[]);
    });
    println!("{pairs} applies and rollbacks under load on PostgreSQL {}", server.major());
    for (name, told) in [("idle", &idle), ("psql", &plain), ("pgwarrant", &ours)] {
        println!(
            "{name:<10} {:>8} transactions, {} failed, {} deadlocks, latency {:.2} ms, at most {:.0} ms; {:.0} ms a pair",
            told.transactions, told.failed, told.deadlocks, told.latency_ms, told.worst_ms, told.pair_ms
        );
        assert!(told.transactions > 0 && (told.failed, told.deadlocks) == (0, 0), "{name}: {told:?}");
    }
    assert_eq!(world.dump(), before);
}
