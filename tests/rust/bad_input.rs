//! Changes that cannot be read, servers that lack something, and people who stop in the middle: each ends with a code
//! and a next step, soon, and leaves neither process nor folder behind.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use pgwarrant::base::{Coded, Interrupt, Outcome};
use pgwarrant::change::Change;
use pgwarrant::checks;
use pgwarrant::cluster::{Account, Discovery, EphemeralCluster, Server};
use pgwarrant::error::Error;
use pgwarrant::pg::{Environment, Patience, Purpose, Session, Settings};
use pgwarrant::rehearsal::{self, Base, DryRun, Options, RehearsalError};
use pgwarrant::script;

type Files = BTreeMap<String, Vec<u8>>;

/// These tests look at the processes of this process: one at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Our child processes, by name.
fn children() -> Vec<String> {
    let me = std::process::id().to_string();
    std::fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| {
            let stat = std::fs::read_to_string(entry.ok()?.path().join("stat")).ok()?;
            let (name, rest) = stat.rsplit_once(')')?;
            let mut fields = rest.split_whitespace();
            let (_state, parent) = (fields.next()?, fields.next()?);
            (parent == me).then(|| name.to_owned())
        })
        .collect()
}

/// Cluster folders whose owner is gone. Those of other processes have an owner, or soon none and then no folder.
fn orphans() -> Vec<PathBuf> {
    use rustix::fs::{FlockOperation, flock};
    let folders = [PathBuf::from("/dev/shm"), std::env::temp_dir()];
    folders
        .iter()
        .filter_map(|base| std::fs::read_dir(base).ok())
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("pgwarrant-")))
        .filter(|path| {
            std::fs::File::open(path.join("owner.lock"))
                .map_or(true, |lock| flock(&lock, FlockOperation::NonBlockingLockExclusive).is_ok())
        })
        .collect()
}

/// Processes that still work in a cluster folder that is gone.
fn strays() -> Vec<PathBuf> {
    std::fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let works_in = std::fs::read_link(path.join("cwd")).ok()?.to_string_lossy().into_owned();
            (works_in.contains("/pgwarrant-") && works_in.ends_with("(deleted)")).then_some(path)
        })
        .collect()
}

/// Nothing is left: at once for processes, within seconds for the folders that others are just removing.
fn nothing_is_left() {
    assert_eq!(children(), Vec::<String>::new());
    let found = || [orphans(), strays()].concat();
    let mut left = found();
    let deadline = Instant::now() + Duration::from_secs(5);
    while !left.is_empty() && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(50));
        let now = found();
        left.retain(|path| now.contains(path));
    }
    assert!(left.is_empty(), "{left:?}");
}

fn files(script: impl Into<Vec<u8>>, contract: impl Into<Vec<u8>>) -> Files {
    Files::from([("change.sql".to_owned(), script.into()), ("change.contract".to_owned(), contract.into())])
}

const CONTRACT: &str = "change demo\nrole deploy\nallow\n    CREATE TABLE\n    within schema app\n";
const SCRIPT: &str = "CREATE TABLE app.t (id int PRIMARY KEY);\n";
const SCAFFOLD: &str = "CREATE SCHEMA app;\n";

fn good() -> Files {
    let mut files = files(SCRIPT, CONTRACT);
    files.insert("scaffold.sql".into(), SCAFFOLD.into());
    files
}

fn rehearse(change: &Change, interrupt: &Interrupt) -> Result<DryRun, RehearsalError> {
    rehearse_on(&support::discovery(), change, interrupt)
}

fn rehearse_on(discovery: &Discovery, change: &Change, interrupt: &Interrupt) -> Result<DryRun, RehearsalError> {
    let environment = Environment::default();
    rehearsal::dry_run(
        change,
        &Options {
            major: None,
            base: Base::Structural,
            target: None,
            role: None,
            discovery,
            environment: &environment,
            interrupt,
        },
    )
}

/// Read, checked and rehearsed, as far as it gets. Findings do not stop it here: a server has to stand what a check
/// would have kept away from it.
fn whole_way(discovery: &Discovery, files: &Files) -> Result<DryRun, Error> {
    let change = Change::read(files)?;
    checks::check(&change.script, Some(&change.contract), &checks::Context::default())?;
    Ok(rehearse_on(discovery, &change, &Interrupt::default())?)
}

#[test]
fn what_cannot_be_read_is_refused_before_any_server() {
    let _alone = alone();
    let mut cases: Vec<(&str, Files, &str)> = vec![
        ("nothing", Files::new(), "change.missing-file"),
        ("no contract", Files::from([("change.sql".into(), SCRIPT.into())]), "change.missing-file"),
        ("no script", Files::from([("change.contract".into(), CONTRACT.into())]), "change.missing-file"),
        ("empty script", files("", CONTRACT), "script.empty"),
        ("comments only", files("-- nothing\n/* here */\n", CONTRACT), "script.empty"),
        ("binary", files((0u8..=255).collect::<Vec<u8>>(), CONTRACT), "script.not-utf8"),
        ("an archive", files(b"PK\x03\x04\x14\x00\x00\x00\x08\x00".to_vec(), CONTRACT), "script.control-character"),
        ("latin-1", files(b"CREATE TABLE app.caf\xe9 (id int);".to_vec(), CONTRACT), "script.not-utf8"),
        ("utf-16", files(b"\xff\xfeC\x00R\x00".to_vec(), CONTRACT), "script.not-utf8"),
        ("byte order mark", files(format!("\u{feff}{SCRIPT}"), CONTRACT), "script.byte-order-mark"),
        ("NUL", files("SELECT 1;\0 DROP TABLE app.t;", CONTRACT), "script.nul"),
        ("CRLF", files(SCRIPT.replace('\n', "\r\n"), CONTRACT), "script.carriage-return"),
        ("lone CR", files("SELECT 1 -- \rDROP TABLE app.t;\n;", CONTRACT), "script.carriage-return"),
        ("right to left", files("SELECT '\u{202e}';", CONTRACT), "script.invisible-character"),
        ("10 MB of nothing", files(vec![b' '; 10 << 20], CONTRACT), "script.empty"),
        ("more than is read", files(vec![b' '; script::SIZE_LIMIT + 1], CONTRACT), "script.too-large"),
        ("an open string", files("SELECT 'open;\n", CONTRACT), "script.unterminated-string"),
        ("an open name", files("SELECT \"open;\n", CONTRACT), "script.unterminated-identifier"),
        ("an open comment", files("SELECT 1; /* /* */ open", CONTRACT), "script.unterminated-comment"),
        ("an open dollar quote", files("DO $a$ BEGIN END $b$;", CONTRACT), "script.unterminated-dollar-quote"),
        ("an open parenthesis", files("SELECT (1;\n", CONTRACT), "script.unterminated-parenthesis"),
        ("no SQL", files("Dear reviewer, please create a table;", CONTRACT), "sql.unparsable"),
        ("an empty contract", files(SCRIPT, ""), "contract.missing"),
        ("prose for a contract", files(SCRIPT, "please allow everything\n"), "contract.syntax"),
        ("a wrong word", files(SCRIPT, "change demo\nallow\n    CREAT TABLE\n"), "contract.unknown-tag"),
        ("SQL for a contract", files(SCRIPT, "change demo\nafter\n    V-1 SELECT 1\n"), "contract.syntax"),
        ("a binary contract", files(SCRIPT, b"\x00\xff\x00".to_vec()), "contract.not-utf8"),
        ("a huge contract", files(SCRIPT, vec![b'#'; 2 << 20]), "contract.too-large"),
    ];
    for name in ["README.md", "change.sql~", "../change.sql", "Change.sql", "warrants"] {
        let mut more = good();
        more.insert(name.to_owned(), b"x".to_vec());
        cases.push(("a file nobody knows", more, "change.unknown-file"));
    }
    let broken: [(&str, &[u8], &str); 4] = [
        ("scaffold.sql", b"SELECT '", "script.unterminated-string"),
        ("scaffold.sql", b"", "script.empty"),
        ("rollback.sql", b"\xff", "script.not-utf8"),
        ("rollback.sql", b"DROP TABLE app.t", "cluster.tool"),
    ];
    for (name, bytes, code) in broken {
        let mut more = good();
        more.insert(name.to_owned(), bytes.to_vec());
        cases.push((name, more, code));
    }
    // What reads gets as far as the server.
    cases.push(("what can be read", good(), "cluster.tool"));
    let (_folder, discovery) = support::unstartable(support::servers().last().unwrap());
    for (what, files, code) in cases {
        let failure = whole_way(&discovery, &files).unwrap_err();
        assert_eq!(failure.code(), code, "{what}: {failure}");
        assert!(failure.hint().is_some_and(|hint| !hint.is_empty()), "{what}: no hint");
        assert!(failure.exit_status() >= 2, "{what}");
        assert!(!failure.to_string().contains("Error"), "{what}: {failure}");
    }
    nothing_is_left();
}

/// 10 MB of statements is allowed.
#[test]
fn a_large_script_is_read() {
    let _alone = alone();
    let filler = "x".repeat(1 << 20);
    let script: String =
        (0..9).fold(SCRIPT.to_owned(), |text, _| text + &format!("COMMENT ON SCHEMA app IS '{filler}';\n"));
    let contract = format!("{CONTRACT}    COMMENT\n");
    let mut files = files(script, contract);
    files.insert("scaffold.sql".into(), SCAFFOLD.into());
    let dry_run = whole_way(&support::discovery(), &files).unwrap();
    assert_eq!(dry_run.outcome, Outcome::Pass);
    nothing_is_left();
}

#[test]
fn a_missing_extension_is_said_before_any_server_starts() {
    let _alone = alone();
    let Some(server) =
        support::servers().into_iter().find(|server| !server.extensions.iter().any(|name| name == "hstore"))
    else {
        println!("not run: every server here has hstore");
        return;
    };
    let contract = CONTRACT.replace("CREATE TABLE", "CREATE EXTENSION");
    let in_the_change = files("CREATE EXTENSION hstore SCHEMA app;", contract);
    let mut in_the_scaffold = good();
    in_the_scaffold
        .insert("scaffold.sql".into(), b"CREATE SCHEMA app;\nCREATE EXTENSION IF NOT EXISTS hstore;".to_vec());
    let (_folder, discovery) = support::unstartable(&server);
    for files in [in_the_change, in_the_scaffold] {
        let change = Change::read(&files).unwrap();
        let failure = rehearse_on(&discovery, &change, &Interrupt::default()).unwrap_err();
        assert_eq!(failure.code(), "rehearsal.no-extension");
        let (text, hint) = (failure.to_string(), failure.hint().unwrap());
        assert!(text.contains("hstore") && text.contains(&server.version), "{text}");
        assert!(hint.contains("PGWARRANT_PG_BIN") && hint.contains("hstore"), "{hint}");
        assert_eq!(failure.facts()["extension"], "hstore");
        nothing_is_left();
    }
}

#[test]
fn a_scaffold_that_fails_names_its_line() {
    let _alone = alone();
    let mut files = good();
    files
        .insert("scaffold.sql".into(), b"CREATE SCHEMA app;\n\n-- and\nCREATE TABLE\n  nowhere.t (id int);\n".to_vec());
    let failure = rehearse(&Change::read(&files).unwrap(), &Interrupt::default()).unwrap_err();
    assert_eq!(failure.code(), "rehearsal.scaffold");
    assert!(failure.to_string().contains("line 4") && failure.to_string().contains("nowhere"), "{failure}");
    assert_eq!((failure.facts()["line"].as_u64(), failure.facts()["sqlstate"].as_str()), (Some(4), Some("3F000")));
    nothing_is_left();
}

/// A change that fails is a result: which statement, at which line, and a cluster that is gone.
#[test]
fn a_change_that_fails_is_a_result_with_its_line() {
    let _alone = alone();
    let mut files = good();
    files.insert("change.sql".into(), b"CREATE TABLE app.t (id int);\n\nCREATE TABLE app.t (id int);\n".to_vec());
    let dry_run = rehearse(&Change::read(&files).unwrap(), &Interrupt::default()).unwrap();
    assert_eq!(dry_run.outcome, Outcome::Fail);
    let failed = dry_run.checks.iter().find(|check| check.id == "S-1").unwrap();
    assert!(failed.because.as_ref().unwrap().contains("line 3") && !failed.passed(), "{failed:#?}");
    assert!(dry_run.cluster.removed);
    nothing_is_left();
}

/// Runs something, asks it to stop when it is time, and gives how long it then took.
fn stopped<T: Send>(wait: impl FnOnce(), act: impl FnOnce(&Interrupt) -> T + Send) -> (T, Duration) {
    let interrupt = Interrupt::default();
    std::thread::scope(|scope| {
        let theirs = interrupt.clone();
        let acting = scope.spawn(move || act(&theirs));
        wait();
        let asked = Instant::now();
        interrupt.trigger();
        let result = acting.join().unwrap();
        (result, asked.elapsed())
    })
}

/// What was asked to stop ends long before what it was doing would: that takes ten times as long.
const SOON: Duration = Duration::from_secs(60);

/// Waits until a server of ours has been working at a statement for a while: whatever comes before the long one is short.
fn at_work() {
    let deadline = Instant::now() + SOON;
    let mut since = (None, Instant::now());
    while since.0.is_none() || since.1.elapsed() < Duration::from_secs(1) {
        assert!(Instant::now() < deadline, "no statement began");
        std::thread::sleep(Duration::from_millis(20));
        let all = std::fs::read_dir("/proc").unwrap().flatten();
        let mut pids = all.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
        let busy = pids.find(|pid| {
            let title = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            let title = String::from_utf8_lossy(&title);
            title.starts_with("postgres: ")
                && title.trim_end_matches(['\0', ' ']).ends_with(" SELECT")
                && std::iter::successors(Some(*pid), |pid| parent_of(*pid)).any(|pid| pid == std::process::id())
        });
        if busy != since.0 {
            since = (busy, Instant::now());
        }
    }
}

fn parent_of(pid: u32) -> Option<u32> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok().filter(|parent| *parent > 1)
}

#[test]
fn an_interrupt_at_any_moment_of_a_start_leaves_nothing() {
    let _alone = alone();
    for server in support::servers() {
        for wait in [0, 3, 30, 100, 200, 400, 600, 800] {
            let wait = Duration::from_millis(wait);
            let (started, took) =
                stopped(|| std::thread::sleep(wait), |interrupt| EphemeralCluster::start(&server, interrupt));
            assert!(took < SOON, "{wait:?}: {took:?}");
            match started {
                Ok(cluster) => drop(cluster),
                Err(failure) => {
                    let code = failure.code();
                    assert!(
                        code.ends_with(".interrupted"),
                        "PostgreSQL {} at {wait:?}: {code} {failure}",
                        server.major
                    );
                }
            }
            nothing_is_left();
        }
    }
}

#[test]
fn an_interrupt_during_a_long_statement_ends_it() {
    let _alone = alone();
    let mut long_scaffold = good();
    long_scaffold.insert("scaffold.sql".into(), b"CREATE SCHEMA app;\nSELECT pg_sleep(600);\n".to_vec());
    let mut long_change = good();
    long_change.insert("change.sql".into(), b"SELECT pg_sleep(600);\n".to_vec());
    for files in [long_scaffold, long_change] {
        let change = Change::read(&files).unwrap();
        let (ended, took) = stopped(at_work, |interrupt| rehearse(&change, interrupt).map(|_| ()));
        assert_eq!(ended.unwrap_err().code(), "pg.interrupted");
        assert!(took < SOON, "{took:?}");
        nothing_is_left();
    }
}

#[test]
fn an_interrupt_while_waiting_for_a_lock_ends_the_wait() {
    let _alone = alone();
    let server = support::Server::start(&support::servers().remove(0));
    let mut holder = server.cluster.session("postgres", Purpose::Change).unwrap();
    holder.execute("CREATE TABLE public.t ()").unwrap();
    holder.execute("BEGIN").unwrap();
    holder.execute("LOCK TABLE public.t IN ACCESS EXCLUSIVE MODE").unwrap();
    let nowhere = Environment::default();
    let settings = Settings::resolve(&server.cluster.conninfo("postgres").unwrap(), &nowhere).unwrap();
    let patience = Patience { statement_ms: 0, lock_ms: 600_000 };
    let mut look = server.cluster.session("postgres", Purpose::Look).unwrap();
    let mut until_waiting = |some: bool| {
        let sql = "SELECT count(*) FROM pg_catalog.pg_locks WHERE NOT granted";
        let deadline = Instant::now() + SOON;
        while (look.query_one(sql, &[]).unwrap().get::<_, i64>(0) > 0) != some {
            assert!(Instant::now() < deadline);
            std::thread::sleep(Duration::from_millis(10));
        }
    };
    let (ended, took) = stopped(
        || until_waiting(true),
        |interrupt| {
            let mut session = Session::connect(&settings, &nowhere, Purpose::Change, patience, interrupt)?;
            session.execute("BEGIN")?;
            session.execute("LOCK TABLE public.t IN ACCESS SHARE MODE")
        },
    );
    assert_eq!(ended.unwrap_err().code(), "pg.interrupted");
    assert!(took < SOON, "{took:?}");
    // Whoever stopped waits for nothing any more, and holds nothing.
    until_waiting(false);
    drop((holder, look, server));
    nothing_is_left();
}

fn works(account: Account, server: &Server) {
    let mut cluster = EphemeralCluster::start_as(account, server, &Interrupt::default()).unwrap();
    assert_eq!(cluster.account(), account);
    let folder = cluster.folder().unwrap().to_owned();
    let mut session = cluster.session("postgres", Purpose::Change).unwrap();
    session.execute("CREATE TABLE public.t AS SELECT 1 AS one").unwrap();
    assert_eq!(session.query_one("SELECT one FROM public.t", &[]).unwrap().get::<_, i32>(0), 1);
    let status = std::fs::read_to_string(format!("/proc/{}/status", cluster.process_id().unwrap())).unwrap();
    let uid = status.lines().find_map(|line| line.strip_prefix("Uid:")).unwrap().split_whitespace().next().unwrap();
    let expected = match account {
        Account::Dropped { uid, .. } => uid,
        // Outside its namespace it is still us.
        Account::Own | Account::Namespace => rustix::process::geteuid().as_raw(),
    };
    assert_eq!(uid, expected.to_string());
    drop(session);
    cluster.stop().unwrap();
    assert!(!Path::new(&folder).exists());
}

#[test]
fn root_gets_its_cluster_through_a_namespace_or_as_nobody() {
    let _alone = alone();
    if !rustix::process::geteuid().is_root() {
        println!("not run: these tests do not run as root");
        return;
    }
    for server in support::servers() {
        if Account::choose().unwrap() == Account::Namespace {
            works(Account::Namespace, &server);
        } else {
            println!("not run: user namespaces are not allowed here");
        }
        works(Account::Dropped { uid: 65_534, gid: 65_534 }, &server);
        // What PostgreSQL itself refuses is told with its own words.
        let refused = EphemeralCluster::start_as(Account::Own, &server, &Interrupt::default()).err().unwrap();
        assert_eq!(refused.code(), "cluster.tool");
        assert!(refused.to_string().contains("root"), "{refused}");
        nothing_is_left();
    }
}

/// However a request to stop falls between the look at the flag and the statement's arrival: it is heard.
#[test]
fn an_interrupt_is_never_lost_between_two_statements() {
    let _alone = alone();
    let server = support::Server::start(support::servers().last().unwrap());
    let nowhere = Environment::default();
    let settings = Settings::resolve(&server.cluster.conninfo("postgres").unwrap(), &nowhere).unwrap();
    for round in 0..300 {
        let interrupt = Interrupt::default();
        let mut session = Session::connect(&settings, &nowhere, Purpose::Look, Patience::LOOKING, &interrupt).unwrap();
        std::thread::scope(|scope| {
            let stopper = interrupt.clone();
            let stopping = scope.spawn(move || {
                std::thread::sleep(Duration::from_micros(round * 5));
                stopper.trigger();
            });
            let began = Instant::now();
            let ended = loop {
                if let Err(failure) =
                    session.query("SELECT pg_sleep(0)", &[]).and_then(|_| session.query("SELECT pg_sleep(600)", &[]))
                {
                    break failure;
                }
            };
            assert_eq!(ended.code(), "pg.interrupted", "{ended}");
            assert!(began.elapsed() < SOON, "round {round}: {:?}", began.elapsed());
            stopping.join().unwrap();
        });
    }
}
