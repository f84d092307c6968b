//! Throw-away servers for tests: one per PostgreSQL installation, killed and removed on drop.

#![allow(dead_code, reason = "each test binary uses its own part")]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use pgwarrant::catalog::Snapshot;
use pgwarrant::pg::Session;

/// The folders with server binaries: `PGWARRANT_PG_BIN` (a list separated by `:`), else the usual places.
pub fn installations() -> Vec<PathBuf> {
    let named: Vec<PathBuf> = match std::env::var_os("PGWARRANT_PG_BIN") {
        Some(list) => std::env::split_paths(&list).collect(),
        None => (14..=18)
            .flat_map(|major| [format!("/usr/lib/postgresql/{major}/bin"), format!("/usr/pgsql-{major}/bin")])
            .map(PathBuf::from)
            .collect(),
    };
    let found: Vec<PathBuf> = named.into_iter().filter(|bin| bin.join("postgres").exists()).collect();
    assert!(!found.is_empty(), "no PostgreSQL server found: set PGWARRANT_PG_BIN to its bin folder");
    found
}

/// A running server in memory.
pub struct Server {
    pub bin: PathBuf,
    folder: tempfile::TempDir,
    process: Child,
    databases: AtomicU32,
}

impl Server {
    pub fn start(bin: &Path) -> Self {
        let base = if Path::new("/dev/shm").is_dir() { "/dev/shm" } else { "/tmp" };
        let folder = tempfile::Builder::new().prefix("pgwt-").tempdir_in(base).unwrap();
        let data = folder.path().join("data");
        let made = as_nobody(&bin.join("initdb"))
            .args(["--no-sync", "-A", "trust", "--locale=C", "-E", "UTF8", "-U", "postgres", "-D"])
            .arg(&data)
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(made.success(), "initdb failed");
        let process = as_nobody(&bin.join("postgres"))
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(folder.path())
            .args(["-c", "listen_addresses=", "-c", "fsync=off", "-c", "synchronous_commit=off"])
            .args(["-c", "full_page_writes=off", "-c", "shared_buffers=32MB", "-c", "log_min_messages=fatal"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self { bin: bin.to_owned(), folder, process, databases: AtomicU32::new(0) };
        let start = Instant::now();
        while Session::connect_plainly(&server.conninfo("postgres")).is_err() {
            assert!(start.elapsed() < Duration::from_secs(30), "the server did not start");
            std::thread::sleep(Duration::from_millis(20));
        }
        server
    }

    pub fn major(&self) -> u32 {
        Session::connect_plainly(&self.conninfo("postgres")).unwrap().version().major()
    }

    fn conninfo(&self, database: &str) -> String {
        self.conninfo_as(database, "postgres")
    }

    pub fn conninfo_as(&self, database: &str, role: &str) -> String {
        format!(
            "host={} user={role} dbname={database} options='-c search_path=pg_catalog'",
            self.folder.path().display()
        )
    }

    /// A new database of its own for a test.
    pub fn database(&self) -> Database<'_> {
        let name = format!("d{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let mut session = Session::connect_plainly(&self.conninfo("postgres")).unwrap();
        session.execute(&format!("CREATE DATABASE {name} TEMPLATE template0")).unwrap();
        Database { server: self, name }
    }

    /// A copy of a database, oids included.
    pub fn copy(&self, of: &Database<'_>) -> Database<'_> {
        let name = format!("d{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let mut session = Session::connect_plainly(&self.conninfo("postgres")).unwrap();
        session.execute(&format!("CREATE DATABASE {name} TEMPLATE {}", of.name)).unwrap();
        Database { server: self, name }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The server itself, not the wrapper around it: it cleans up its shared memory.
        let pid = std::fs::read_to_string(self.folder.path().join("data/postmaster.pid"));
        let pid = pid.ok().and_then(|text| text.lines().next()?.parse().ok()).and_then(rustix::process::Pid::from_raw);
        let asked = pid.is_some_and(|pid| rustix::process::kill_process(pid, rustix::process::Signal::QUIT).is_ok());
        if !asked {
            let _ = self.process.kill();
        }
        let _ = self.process.wait();
    }
}

/// PostgreSQL refuses to run as root: a user namespace makes us somebody else.
fn as_nobody(program: &Path) -> Command {
    let root = std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
    let mut command = if root {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-user=1000", "--map-group=1000", "--kill-child"]).arg("--fork").arg(program);
        command
    } else {
        Command::new(program)
    };
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PG") {
            command.env_remove(name);
        }
    }
    command
}

/// One database of a server.
pub struct Database<'s> {
    pub server: &'s Server,
    pub name: String,
}

impl Database<'_> {
    pub fn session(&self) -> Session {
        Session::connect_plainly(&self.server.conninfo(&self.name)).unwrap()
    }

    pub fn session_as(&self, role: &str) -> Session {
        Session::connect_plainly(&self.server.conninfo_as(&self.name, role)).unwrap()
    }

    pub fn snapshot(&self) -> Snapshot {
        snapshot(&mut self.session())
    }

    /// Runs a script as `psql` would, in one transaction.
    pub fn run(&self, sql: &str) -> Result<(), String> {
        self.psql(sql, &["-1"])
    }

    /// Runs what can be run of a script.
    pub fn run_what_can(&self, sql: &str) {
        let _ = self.psql(sql, &["-v", "ON_ERROR_STOP=0"]);
    }

    /// Runs a script as `psql` would, each statement by itself.
    pub fn run_plainly(&self, sql: &str) -> Result<(), String> {
        self.psql(sql, &[])
    }

    fn psql(&self, sql: &str, arguments: &[&str]) -> Result<(), String> {
        use std::io::Write as _;
        let mut child = Command::new(self.server.bin.join("psql"))
            .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-d", &self.name, "-f", "-", "-h"])
            .arg(self.server.folder.path())
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
        let output = Command::new(self.server.bin.join("pg_dump"))
            .args(["-s", "-U", "postgres", "-h"])
            .arg(self.server.folder.path())
            .arg(&self.name)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Drop for Database<'_> {
    fn drop(&mut self) {
        if let Ok(mut session) = Session::connect_plainly(&self.server.conninfo("postgres")) {
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

/// The case folders under `tests/cases/catalog`, by name.
pub fn cases() -> Vec<(String, PathBuf)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/catalog");
    let mut cases: Vec<(String, PathBuf)> = std::fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("change.sql").exists())
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), path))
        .collect();
    cases.sort();
    cases
}

/// The lowest major a case runs on: the number in its file `since`.
pub fn since(case: &Path) -> u32 {
    std::fs::read_to_string(case.join("since")).map_or(14, |text| text.trim().parse().unwrap())
}
