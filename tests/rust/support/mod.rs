//! What the live tests share: the servers of this machine, running and throw-away, and databases on them.

#![allow(dead_code, reason = "each test program uses its own part")]

pub mod copies;
pub mod heard;
pub mod laws;
pub mod listening;
pub mod mutants;
pub mod pooler;
pub mod proxy;
pub mod recorder;
pub mod signatures;
pub mod signed;
pub mod small_disk;
pub mod stage;
pub mod world;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use pgwarrant::base::Interrupt;
use pgwarrant::catalog::Snapshot;
use pgwarrant::cluster::{self, Discovery, EphemeralCluster};
use pgwarrant::pg::{Purpose, Session};

/// Where servers are looked for.
pub fn discovery() -> Discovery {
    Discovery { variable: std::env::var("PGWARRANT_PG_BIN").ok(), ..Discovery::default() }
}

/// A server like this one that cannot be started: what gets as far as starting it ends in `cluster.tool`, so that
/// anything else was said before. The folder lasts as long as what is returned first.
pub fn unstartable(server: &cluster::Server) -> (tempfile::TempDir, Discovery) {
    use std::os::unix::fs::PermissionsExt;
    let root = tempfile::tempdir().unwrap();
    let bin = root.path().join("bin");
    std::fs::create_dir(&bin).unwrap();
    for program in std::fs::read_dir(&server.bin).unwrap().flatten() {
        if program.file_name() != "initdb" {
            std::os::unix::fs::symlink(program.path(), bin.join(program.file_name())).unwrap();
        }
    }
    std::os::unix::fs::symlink(server.bin.parent().unwrap().join("share"), root.path().join("share")).unwrap();
    std::fs::write(bin.join("initdb"), "#!/bin/sh\nexit 1\n").unwrap();
    std::fs::set_permissions(bin.join("initdb"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let discovery = Discovery { explicit: Some(bin), ..Discovery::default() };
    (root, discovery)
}

/// One server for each major found, as `pgwarrant servers` would list them. No server at all fails the test.
pub fn servers() -> Vec<cluster::Server> {
    let mut servers = discovery().servers().expect("servers");
    servers.sort_by_key(|server| server.major);
    servers.dedup_by_key(|server| server.major);
    assert!(!servers.is_empty(), "no PostgreSQL server: set PGWARRANT_PG_BIN");
    let majors: Vec<u32> = servers.iter().map(|server| server.major).collect();
    println!("live on PostgreSQL {majors:?}");
    servers
}

/// A running server. Its databases are made by a superuser called `postgres`.
pub struct Server {
    pub cluster: EphemeralCluster,
    databases: AtomicU32,
}

impl Server {
    pub fn start(server: &cluster::Server) -> Self {
        let cluster = EphemeralCluster::start(server, &Interrupt::default()).unwrap();
        let mut session = cluster.session("postgres", Purpose::Change).unwrap();
        session.execute("CREATE ROLE postgres SUPERUSER LOGIN").unwrap();
        Self { cluster, databases: AtomicU32::new(0) }
    }

    pub fn major(&self) -> u32 {
        self.cluster.version().major()
    }

    /// A new database of its own for a test.
    pub fn database(&self) -> Database<'_> {
        let name = format!("d{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let mut session = self.cluster.session_as("postgres", "postgres", Purpose::Change).unwrap();
        session.execute(&format!("CREATE DATABASE {name} TEMPLATE template0")).unwrap();
        Database { server: self, name }
    }

    /// A copy of a database, oids included.
    pub fn copy(&self, of: &Database<'_>) -> Database<'_> {
        let name = format!("d{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let mut session = self.cluster.session_as("postgres", "postgres", Purpose::Change).unwrap();
        session.execute(&format!("CREATE DATABASE {name} TEMPLATE {}", of.name)).unwrap();
        Database { server: self, name }
    }

    /// A client program that fits this server, aimed at it as a role.
    pub fn client(&self, program: &str, role: &str) -> Command {
        let mut command = Command::new(discovery().tool(program, self.major()).unwrap());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("PG") {
                command.env_remove(name);
            }
        }
        command
            .env("PGHOST", self.cluster.folder().unwrap())
            .env("PGPORT", self.cluster.port().to_string())
            .env("PGUSER", role);
        command
    }
}

/// Whether everything runs on every major: before a release, and where something depends on the major.
pub fn all_majors() -> bool {
    std::env::var_os("PGWARRANT_ALL_MAJORS").is_some()
}

/// Which of several comes in turn for what bears this name: the same in every run.
fn turn(name: &str, of: usize) -> usize {
    name.bytes().map(usize::from).sum::<usize>() % of.max(1)
}

/// Which of several comes in turn for the test that asks.
fn own_turn(of: usize) -> usize {
    turn(std::thread::current().name().unwrap_or_default(), of)
}

/// Runs a test on the newest major and one of the others; on each with `PGWARRANT_ALL_MAJORS`.
pub fn on_servers(test: impl Fn(&Server) + Sync) {
    let mut servers = servers();
    if !all_majors()
        && let Some(newest) = servers.pop()
    {
        let other = own_turn(servers.len());
        servers = servers.into_iter().skip(other).take(1).chain([newest]).collect();
    }
    two_at_a_time(servers, |server| test(&Server::start(server)));
}

/// The same on the oldest or the newest, which differ most; on both with `PGWARRANT_ALL_MAJORS`.
pub fn on_an_outer_server(test: impl Fn(&Server) + Sync) {
    let mut servers = outer_servers();
    if !all_majors() {
        servers = vec![servers.swap_remove(own_turn(servers.len()))];
    }
    two_at_a_time(servers, |server| test(&Server::start(server)));
}

pub fn outer_servers() -> Vec<cluster::Server> {
    let mut servers = servers();
    let newest = servers.pop();
    servers.truncate(1);
    servers.extend(newest);
    servers
}

/// Shares what is to be tried among the majors that are not too old for it and have what it needs: each runs on one of
/// them, on all with `PGWARRANT_ALL_MAJORS`.
pub fn shared_out<T>(
    all: impl IntoIterator<Item = T>,
    name: impl Fn(&T) -> String,
    can_run: impl Fn(&T, &cluster::Server) -> bool,
) -> Vec<(cluster::Server, Vec<T>)>
where
    T: Clone,
{
    let mut shares: Vec<(cluster::Server, Vec<T>)> = servers().into_iter().map(|server| (server, Vec::new())).collect();
    for it in all {
        let able: Vec<usize> = (0..shares.len()).filter(|at| can_run(&it, &shares[*at].0)).collect();
        if able.is_empty() {
            println!("not run: {} (no server here is made for it)", name(&it));
        }
        let chosen = turn(&name(&it), able.len());
        for (place, at) in able.into_iter().enumerate() {
            if place == chosen || all_majors() {
                shares[at].1.push(it.clone());
            }
        }
    }
    shares
}

/// Tries every case folder. A case's file `since` names the lowest major, `needs` an extension. What was found wrong with
/// some fails the test when all were tried.
pub fn on_every_case(test: impl Fn(&Server, &str, &Path) -> Result<(), String> + Sync) {
    let can_run = |(_, case): &(String, PathBuf), server: &cluster::Server| {
        let said = |file: &str| std::fs::read_to_string(case.join(file)).map(|text| text.trim().to_owned()).ok();
        said("since").is_none_or(|major| server.major >= major.parse().unwrap())
            && said("needs").is_none_or(|extension| server.extensions.contains(&extension))
    };
    let wrong = Mutex::new(Vec::new());
    two_at_a_time(shared_out(cases(), |(name, _)| name.clone(), can_run), |(server, cases)| {
        let server = Server::start(server);
        for (name, case) in cases {
            if let Err(because) = test(&server, name, case) {
                wrong.lock().unwrap().push(format!("== {name} on {}\n{because}", server.major()));
            }
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{} cases are wrong\n{}", wrong.len(), wrong.join("\n"));
}

pub fn two_at_a_time<T: Send>(all: Vec<T>, test: impl Fn(&T) + Sync) {
    let waiting = Mutex::new(all);
    let next = || waiting.lock().unwrap().pop();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(it) = next() {
                    test(&it);
                }
            });
        }
    });
}

/// One database of a server.
pub struct Database<'s> {
    pub server: &'s Server,
    pub name: String,
}

impl Database<'_> {
    pub fn session(&self) -> Session {
        self.session_as("postgres")
    }

    pub fn session_as(&self, role: &str) -> Session {
        self.server.cluster.session_as(role, &self.name, Purpose::Change).unwrap()
    }

    pub fn snapshot(&self) -> Snapshot {
        snapshot(&mut self.session())
    }

    /// Runs a script with psql, in one transaction.
    pub fn run(&self, sql: &str) -> Result<(), String> {
        self.psql(sql, &["-1"])
    }

    /// Runs a script with psql, each statement by itself.
    pub fn run_plainly(&self, sql: &str) -> Result<(), String> {
        self.psql(sql, &[])
    }

    fn psql(&self, sql: &str, arguments: &[&str]) -> Result<(), String> {
        let mut child = self
            .server
            .client("psql", "postgres")
            .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", &self.name, "-f", "-"])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // psql may stop before it has read everything.
        let _ = child.stdin.take().unwrap().write_all(sql.as_bytes());
        let output = child.wait_with_output().unwrap();
        if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
    }

    /// The structure as `pg_dump` writes it.
    pub fn dump(&self) -> String {
        let output = self.server.client("pg_dump", "postgres").args(["-s", &self.name]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Drop for Database<'_> {
    fn drop(&mut self) {
        if let Ok(mut session) = self.server.cluster.session_as("postgres", "postgres", Purpose::Change) {
            // The server goes away with the test anyway.
            let _ = session.execute(&format!("DROP DATABASE {} WITH (FORCE)", self.name));
        }
    }
}

/// A snapshot in a transaction of its own.
pub fn snapshot(session: &mut Session) -> Snapshot {
    session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").unwrap();
    let snapshot = Snapshot::read(session).unwrap();
    session.execute("COMMIT").unwrap();
    snapshot
}

/// The case folders under `tests/cases/catalog`, by name; where `PGWARRANT_CASES` holds words, those that bear one.
pub fn cases() -> Vec<(String, PathBuf)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/catalog");
    let mut cases: Vec<(String, PathBuf)> = std::fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("change.sql").exists())
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), path))
        .collect();
    if let Ok(words) = std::env::var("PGWARRANT_CASES") {
        cases.retain(|(name, _)| words.split_whitespace().any(|word| name.contains(word)));
    }
    cases.sort();
    cases
}

/// Runs statements as an apply does: one by one, in one transaction.
pub fn apply(session: &mut Session, statements: &[String]) -> Result<(), String> {
    session.execute("BEGIN").unwrap();
    for statement in statements {
        if let Err(error) = session.execute(statement) {
            session.execute("ROLLBACK").unwrap();
            return Err(format!("{error:?}\nin: {statement}"));
        }
    }
    session.execute("COMMIT").unwrap();
    Ok(())
}
