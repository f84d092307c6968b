//! Applying beside `psql -1 -f`, in turn, over a Unix socket: ratios of one run count, not the milliseconds of a machine.
//! `make bench-apply`; `PGWARRANT_MAJORS` are the servers ("16 18"), `PGWARRANT_ROUNDS` how often each is run.
//!
//! The first rows are the statements alone, as an apply sends them (12 statements that make tables, 2,000 short ones, and
//! those of `examples/ws-q5`, which make 12 tables and say what they are for): psql's figure is its whole process, from start to
//! end; ours is a whole process too (it reads and splits the script, connects with pinned settings, and ends when COMMIT
//! was answered) and, beside it, the part of that from connecting to COMMIT. No backup is taken and nothing is verified.
//!
//! The last is a whole run of the change `examples/ws-q5` on its database, beside psql running the same script: the package
//! read and checked, the warrant verified, target and drift proven, the catalog verified in the transaction and again on a
//! fresh connection, everything journalled. Not counted is a backup: the run is given the record of one, whose command is
//! an `echo`. Its parts follow, as the journal has them. The servers do not wait for their disks; our journal does.

#[path = "../tests/rust/support/mod.rs"]
mod support;
mod environment;
mod timing;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use environment::numbers;
use pgwarrant::apply::record::RunOutcome;
use pgwarrant::base::Interrupt;
use pgwarrant::change;
use pgwarrant::pg::{Environment, Patience, Purpose, Session, Settings};
use pgwarrant::warrant::Operation;
use support::Server;
use support::world::{World, example};
use timing::{median, timed};

/// As in the Python module.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const TWELVE: usize = 12;
const MANY: usize = 2_000;

/// Tables as in the figures: keys, references, checks, defaults.
fn twelve_tables() -> String {
    let mut script = String::new();
    for i in 1..=TWELVE {
        let of = if i == 1 { 1 } else { i - 1 };
        let _ = writeln!(
            script,
            "CREATE TABLE app.t{i} (\n    id int PRIMARY KEY,\n    of_id int REFERENCES app.t{of},\n    label text NOT NULL DEFAULT 'x' CHECK (label <> ''),\n    \
             made_at timestamptz DEFAULT now(),\n    UNIQUE (of_id, label)\n);"
        );
    }
    script
}

/// What a generated change is made of: short statements.
fn many() -> String {
    let mut script = String::new();
    for i in 0..MANY / 4 {
        let table = i % 100;
        let _ = writeln!(
            script,
            "COMMENT ON TABLE app.s{table} IS 'number {i}';\nALTER TABLE app.s{table} ALTER COLUMN note SET DEFAULT '{i}';\n\
             COMMENT ON COLUMN app.s{table}.note IS 'of {i}';\nALTER TABLE app.s{table} ALTER COLUMN note SET STATISTICS {};",
            i % 1_000
        );
    }
    script
}

/// The body of the process beside psql's.
fn apply_alone(conninfo: &str, script: &Path) {
    let text = std::fs::read(script).expect("the script");
    let script = change::read_script(change::SCRIPT, &text).expect("a script");
    let steps = change::steps(change::SCRIPT, &script).expect("statements");
    let statements: Vec<&str> = steps.iter().map(|step| step.text.as_str()).collect();
    let (nowhere, calm) = (Environment::default(), Interrupt::default());
    let settings = Settings::resolve(conninfo, &nowhere).expect("settings");
    let (time, ()) = timed(|| {
        let mut session =
            Session::connect(&settings, &nowhere, Purpose::Change, Patience::CHANGING, &calm).expect("a session");
        session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ WRITE").expect("begin");
        let answers = session.execute_each(&statements, |_| ()).expect("answers");
        assert!(answers.len() == statements.len() && answers.iter().all(|answer| answer.rows.is_ok()));
        session.execute("COMMIT").expect("commit");
    });
    println!("{}", time.as_nanos());
}

fn psql(server: &Server, database: &str, script: &Path) -> Duration {
    let mut psql = server.client("psql", "postgres");
    psql.args(["-X", "-q", "-1", "-v", "ON_ERROR_STOP=1", "-d", database, "-f"]).arg(script);
    let (time, output) = timed(|| psql.stdin(Stdio::null()).output().expect("psql"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    time
}

fn statements_alone(server: &Server, rounds: usize) {
    let folder = tempfile::tempdir().expect("a folder");
    let database = server.database();
    let tables: String = (0..100).fold(String::new(), |mut text, i| {
        let _ = writeln!(text, "CREATE TABLE app.s{i} (id int PRIMARY KEY, note text);");
        text
    });
    let again = "DROP SCHEMA IF EXISTS app CASCADE; CREATE SCHEMA app;";
    for (name, script, before) in
        [("12 tables", twelve_tables(), again.to_owned()), ("2,000 statements", many(), format!("{again}{tables}"))]
    {
        let path = folder.path().join("change.sql");
        std::fs::write(&path, script).expect("a file");
        alone(server, name, (&database.name, &path), rounds, || database.run_plainly(&before).expect("the tables"));
    }
}

/// One script in one database; `reset` makes it as it was before.
fn alone(server: &Server, name: &str, (database, script): (&str, &Path), rounds: usize, reset: impl Fn()) {
    let conninfo = server.cluster.conninfo_as("postgres", database).expect("a connection string");
    let this = std::env::current_exe().expect("this program");
    let mut times: [Vec<Duration>; 3] = Default::default();
    for round in 0..=rounds {
        reset();
        let theirs = psql(server, database, script);
        reset();
        let mut ours = Command::new(&this);
        let (whole, output) =
            timed(|| ours.arg("--apply").arg(&conninfo).arg(script).output().expect("a process of ours"));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).expect("a number");
        let within = Duration::from_nanos(text.trim().parse().expect("nanoseconds"));
        // The first is for what has to be read from the disk.
        if round > 0 {
            times.iter_mut().zip([theirs, whole, within]).for_each(|(all, one)| all.push(one));
        }
    }
    print(server, name, times);
}

/// Ratios are of each round, whose runs stand beside each other, and not of the medians.
fn print(server: &Server, name: &str, times: [Vec<Duration>; 3]) {
    let ratio = |ours: &[Duration]| {
        let mut ratios: Vec<f64> =
            ours.iter().zip(&times[0]).map(|(ours, theirs)| ours.as_secs_f64() / theirs.as_secs_f64()).collect();
        ratios.sort_by(f64::total_cmp);
        ratios[ratios.len() / 2]
    };
    let ratios = [ratio(&times[1]), ratio(&times[2])];
    let [theirs, whole, within] = times.map(median);
    println!(
        "{:>3} {name:<18} {theirs:>8.1} {whole:>8.1} {:>6.2} {within:>8.1} {:>6.2}",
        server.major(),
        ratios[0],
        ratios[1]
    );
}

/// The record of a backup that was made by other means; see above.
fn record(world: &World<'_>) -> std::path::PathBuf {
    let sha256 = "0".repeat(64);
    let instance = world.warrant(Operation::Apply, "workflow_admin").target;
    let record = serde_json::json!({
        "format": 1, "description": "none", "sha256": sha256, "started_at": jiff::Timestamp::now().to_string(),
        "system_identifier": instance.system_identifier, "database": instance.database, "verify": ["/bin/echo", sha256],
    });
    let path = world.folder.path().join("elsewhere.json");
    std::fs::write(&path, record.to_string()).expect("a record");
    path
}

/// What stands between two entries of the journal, in their order.
const PARTS: [(&str, &str); 7] = [
    ("identity", "connect, no pooler, identity"),
    ("backup", "first look, the backup's record"),
    ("intent", "second session, BEGIN, snapshot, conditions, nonce"),
    ("transaction", "a durable id"),
    ("commit", "statements, verification"),
    ("outcome", "COMMIT, what became of it"),
    ("finished", "a fresh look"),
];

fn whole_run(server: &Server, rounds: usize) {
    let mut world = World::new(server, "ws-q5");
    let pristine = world.package.clone();
    let folder = tempfile::tempdir().expect("a folder");
    let script = folder.path().join("change.sql");
    // psql makes the one transaction itself.
    let text = change::read_script(change::SCRIPT, &example("ws-q5")["change.sql"]).expect("a script");
    let steps = change::steps(change::SCRIPT, &text).expect("statements");
    std::fs::write(&script, steps.iter().map(|step| step.text.as_str()).collect::<Vec<_>>().join("\n"))
        .expect("a file");
    let back = std::fs::read_to_string(pristine.join("rollback.sql")).expect("the way back");
    let name = world.database.clone();
    let database = std::mem::ManuallyDrop::new(support::Database { server, name });
    let undo = std::cell::Cell::new(false);
    alone(server, "ws-q5, 12 tables", (&world.database, &script), rounds, || {
        // There is nothing to undo at first.
        if undo.replace(true) {
            database.run_plainly(&back).expect("the way back");
        }
    });
    database.run_plainly(&back).expect("the way back");
    let mut times: [Vec<Duration>; 3] = Default::default();
    let mut parts: BTreeMap<&str, Vec<Duration>> = BTreeMap::new();
    for round in 0..=rounds {
        let theirs = psql(server, &world.database, &script);
        database.run_plainly(&back).expect("the way back");
        world.package = folder.path().join(format!("package-{round}"));
        support::stage::copy(&pristine, &world.package);
        let record = record(&world);
        world.sign(&world.warrant(Operation::Apply, "workflow_admin"));
        let target = world.conninfo("workflow_admin");
        let (whole, run) = timed(|| world.execute_with(Operation::Apply, &target, Some(&record)).expect("a run"));
        assert_eq!(run.outcome, RunOutcome::Pass);
        database.run_plainly(&back).expect("the way back");
        if round == 0 {
            continue;
        }
        let chain = pgwarrant::journal::read(&world.package.join(&run.run).join("journal.jsonl")).expect("a journal");
        let at = |event: &str| -> jiff::Timestamp { chain.last(event).expect("an entry").at.parse().expect("a time") };
        let span = |from: &str, to: &str| Duration::try_from(at(to).duration_since(at(from))).expect("time goes on");
        let mut from = "run";
        for (event, _) in PARTS {
            parts.entry(event).or_default().push(span(from, event));
            from = event;
        }
        times.iter_mut().zip([theirs, whole, span("transaction", "outcome")]).for_each(|(all, one)| all.push(one));
    }
    print(server, "ws-q5, whole run", times);
    for (event, what) in PARTS {
        println!("      {:>8.1} ms  {what}", median(parts.remove(event).unwrap_or_default()));
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, word, conninfo, script, ..] = arguments.as_slice()
        && word == "--apply"
    {
        return apply_alone(conninfo, Path::new(script));
    }
    let rounds = numbers("PGWARRANT_ROUNDS", "15")[0];
    let majors = numbers("PGWARRANT_MAJORS", "16 18");
    println!(
        "{:>3} {:<18} {:>8} {:>8} {:>6} {:>8} {:>6}   milliseconds, medians of {rounds}",
        "PG", "change", "psql", "ours", "ratio", "inside", "ratio"
    );
    println!("    inside: from connecting to COMMIT; of the whole run from the first statement to the known outcome");
    for installed in support::servers().into_iter().filter(|server| majors.contains(&(server.major as usize))) {
        let server = Server::start(&installed);
        statements_alone(&server, rounds);
        whole_run(&server, rounds);
    }
}
