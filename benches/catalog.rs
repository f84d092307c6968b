//! Snapshots of generated catalogs beside the same queries alone on the server, and beside `pg_dump -s`: ratios of one run
//! count, not the milliseconds of a machine. `make bench-catalog`; `PGWARRANT_TABLES` are the sizes ("100 1000 10000
//! 50000"), `PGWARRANT_MAJORS` the servers ("16 18").

#[path = "../tests/rust/support/mod.rs"]
mod support;
mod environment;
mod timing;

use std::process::Command;
use std::sync::Mutex;
use std::time::Duration;

use environment::numbers;
use pgwarrant::catalog::{Basis, Snapshot};
use pgwarrant::delta::Delta;
use pgwarrant::pg::{Environment, Patience, Purpose, Session, Settings};
use support::{Database, Server};
use timing::{median, timed};

/// As in the Python module, which also sets `MIMALLOC_PURGE_DELAY=0`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// Its locks are more than a server has room for beyond.
const LARGEST_DUMP: usize = 20_000;

/// The change that is verified in its transaction: twelve tables, as in the figures.
const TABLES_OF_CHANGE: usize = 12;

/// Hears the fixed queries of a reading.
struct Heard(Mutex<Option<Vec<String>>>);

static HEARD: Heard = Heard(Mutex::new(None));

impl log::Log for Heard {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.target() == "pgwarrant.pg"
    }

    fn log(&self, record: &log::Record<'_>) {
        if record.level() == log::Level::Trace && self.enabled(record.metadata()) {
            self.0.lock().expect("one thread").iter_mut().for_each(|queries| queries.push(record.args().to_string()));
        }
    }

    fn flush(&self) {}
}

/// The queries that reading sends, without those that take parameters: they set the session up.
fn queries(session: &mut Session) -> Vec<String> {
    log::set_max_level(log::LevelFilter::Trace);
    *HEARD.0.lock().expect("one thread") = Some(Vec::new());
    read(session);
    log::set_max_level(log::LevelFilter::Off);
    let heard = HEARD.0.lock().expect("one thread").take().unwrap_or_default();
    heard.into_iter().filter(|query| !query.contains("$1")).collect()
}

fn read(session: &mut Session) -> Snapshot {
    session.execute(BEGIN).expect("begin");
    let snapshot = Snapshot::read(session).expect("a snapshot");
    session.execute("ROLLBACK").expect("rollback");
    snapshot
}

/// The server's own time for the same rows.
fn bare(session: &mut Session, queries: &[String]) -> Vec<Duration> {
    session.execute(BEGIN).expect("begin");
    session.execute("SET LOCAL jit = off").expect("a setting");
    let times = queries
        .iter()
        .map(|query| timed(|| session.execute(&format!("COPY ({query}) TO '/dev/null'")).expect("rows")).0);
    let times = times.collect();
    session.execute("ROLLBACK").expect("rollback");
    times
}

/// The peak of a process that does nothing else than to read and hash, beside what it had before, in bytes.
fn memory(database: &Database<'_>) -> f64 {
    let conninfo = database.server.cluster.conninfo_as("postgres", &database.name).expect("a connection string");
    let this = std::env::current_exe().expect("this program");
    let output = Command::new(this).args(["--memory-of", &conninfo]).output().expect("a process");
    let text = String::from_utf8(output.stdout).expect("a number");
    text.trim().parse().unwrap_or_else(|_| panic!("{text}{}", String::from_utf8_lossy(&output.stderr)))
}

fn print_memory_of(conninfo: &str) {
    let nothing = Environment::default();
    let settings = Settings::resolve(conninfo, &nothing).expect("settings");
    let calm = pgwarrant::base::Interrupt::default();
    let mut session =
        Session::connect(&settings, &nothing, Purpose::Change, Patience::LOOKING, &calm).expect("a session");
    let kilobytes = |field: &str| -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
        let line = status.lines().find_map(|line| line.strip_prefix(field)).expect("a field");
        line.trim().trim_end_matches(" kB").parse().expect("kilobytes")
    };
    let idle = kilobytes("VmRSS:");
    read(&mut session).fingerprint();
    println!("{}", (kilobytes("VmHWM:") - idle) * 1_024);
}

fn measure(server: &Server, tables: usize, rounds: usize) {
    let database = server.database();
    let script = include_str!("catalog.sql").replace(":TABLES:", &tables.to_string());
    database.run_plainly(&script).expect("the catalog");
    let mut session = database.session();
    let queries = queries(&mut session);
    let mut times: [Vec<Duration>; 9] = Default::default();
    let mut slow: Vec<Vec<Duration>> = vec![Vec::new(); queries.len()];
    let mut bytes = 0;
    let change = change();
    let mut second = database.session();
    for _ in 0..rounds {
        // Each in a session of its own, as commands are: a server process remembers what it has read.
        let each = bare(&mut database.session(), &queries);
        slow.iter_mut().zip(&each).for_each(|(all, one)| all.push(*one));
        times[0].push(each.iter().sum());
        let mut session = database.session();
        session.execute(BEGIN).expect("begin");
        let (whole, (taken, hashed)) = timed(|| {
            let taken = Snapshot::read(&mut session).expect("a snapshot");
            let hashed = timed(|| taken.fingerprint()).0;
            (taken, hashed)
        });
        session.execute("ROLLBACK").expect("rollback");
        times[1].push(whole);
        times[2].push(hashed);
        times[3].push(timed(|| Snapshot::begin(&mut database.session()).expect("a snapshot")).0);
        if tables <= LARGEST_DUMP {
            times[4].push(timed(|| database.dump()).0);
        }
        let (saving, json) = timed(|| taken.to_json().expect("JSON"));
        bytes = json.len();
        times[5].push(saving);
        let (loading, loaded) = timed(|| Snapshot::from_json(&json).expect("a snapshot"));
        times[6].push(loading);
        let (after, verified) = changed(&mut session, &mut second, &change);
        times[7].push(verified);
        // Both are hashed already, as a snapshot that was read or loaded is.
        times[8].push(timed(|| Delta::between(&loaded, &after)).0);
    }
    let peak = memory(&database);
    let bytes = f64::from(u32::try_from(bytes).expect("less than 4 GB"));
    let [bare, whole, hashed, begin, dump, save, load, verified, diff] =
        times.map(|all| if all.is_empty() { f64::NAN } else { median(all) });
    println!(
        "{:>3} {tables:>6} {bare:>7.0} {whole:>8.0} {:>5.2} {dump:>8.0} {:>5.2} {begin:>6.0} {hashed:>5.0} {:>5.2} {:>5.2} {:>5.2} {:>6.2} {:>6.0} {:>5.1}",
        server.major(),
        whole / bare,
        whole / dump,
        diff / whole,
        save / whole,
        load / whole,
        verified / whole,
        bytes / 1e6,
        peak / bytes,
    );
    if std::env::var_os("PGWARRANT_QUERIES").is_some() {
        let mut slow: Vec<(f64, &String)> = slow.into_iter().map(median).zip(&queries).collect();
        slow.sort_by(|a, b| b.0.total_cmp(&a.0));
        for (time, query) in slow.iter().take(14) {
            let from = query.rsplit_once(" FROM pg_catalog.").map_or("", |(_, from)| from);
            println!("    {time:>7.1} ms  {}", from.chars().take(60).collect::<String>());
        }
    }
}

fn change() -> Vec<String> {
    let table = |i| {
        format!(
            "CREATE TABLE app.added_{i} (id int PRIMARY KEY, of_id bigint REFERENCES app.account_{}, label text DEFAULT 'x' CHECK (label <> ''))",
            i + 1
        )
    };
    (0..TABLES_OF_CHANGE).map(table).collect()
}

/// What a change has made, verified in its own transaction, and how long that takes: the catalog as it is now, what differs,
/// and the fingerprint.
fn changed(session: &mut Session, second: &mut Session, change: &[String]) -> (Snapshot, Duration) {
    session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ").expect("begin");
    let mut basis = Basis::read(session).expect("a snapshot");
    for statement in change {
        session.execute(statement).expect("a change");
    }
    let before = basis.snapshot().clone();
    before.fingerprint();
    let (time, after) = timed(|| {
        let after = basis.again(session, second).expect("a snapshot");
        let delta = Delta::between(&before, &after);
        assert!(!delta.is_empty() && after.fingerprint() == delta.after);
        after
    });
    session.execute("ROLLBACK").expect("rollback");
    (after, time)
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, flag, conninfo] = arguments.as_slice()
        && flag == "--memory-of"
    {
        return print_memory_of(conninfo);
    }
    log::set_logger(&HEARD).expect("the only logger");
    let majors = numbers("PGWARRANT_MAJORS", "16 18");
    println!("medians of rounds in turn; milliseconds, and ratios to the snapshot (read, model, fingerprint)");
    println!(
        "{:>3} {:>6} {:>7} {:>8} {:>5} {:>8} {:>5} {:>6} {:>5} {:>5} {:>5} {:>5} {:>6} {:>6} {:>5}",
        "PG",
        "tables",
        "bare",
        "snapshot",
        "/bare",
        "pg_dump",
        "/dump",
        "begin",
        "hash",
        "diff",
        "save",
        "load",
        "verify",
        "MB",
        "peak"
    );
    for installed in support::servers().into_iter().filter(|server| majors.contains(&(server.major as usize))) {
        for tables in numbers("PGWARRANT_TABLES", "100 1000 10000 50000") {
            // A server of its own: no catalog of another size lies in its buffers.
            measure(&Server::start(&installed), tables, if tables > 1_000 { 3 } else { 7 });
        }
    }
}
