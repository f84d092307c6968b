//! Servers made of another's files: copies, standbys, and one put in the place of another.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use pgwarrant::base::Interrupt;
use pgwarrant::cluster::account::Account;
use pgwarrant::pg::{Environment, Patience, Purpose, Session, Settings};
use tempfile::TempDir;

use crate::support::{self, Server};

/// The files of a running server, as `pg_basebackup` takes them.
pub fn pg_basebackup_of(server: &Server) -> TempDir {
    base_backup(server, &[])
}

fn base_backup(server: &Server, more: &[&str]) -> TempDir {
    let cluster = &server.cluster;
    files_of(server.major(), (cluster.folder().unwrap(), cluster.port()), cluster.superuser(), more)
}

fn files_of(major: u32, (listens, port): (&Path, u16), superuser: &str, more: &[&str]) -> TempDir {
    let folder = tempfile::Builder::new().prefix("copy-").tempdir_in("/dev/shm").unwrap();
    let account = Account::choose().unwrap();
    account.own(folder.path()).unwrap();
    // The oldest program that is not older than the server.
    let program = support::servers()
        .into_iter()
        .map(|found| (found.major, found.bin.join("pg_basebackup")))
        .find(|(of, program)| *of >= major && program.is_file());
    let mut copy = account.command(&program.unwrap().1, folder.path());
    copy.args(["-X", "stream", "-c", "fast", "-U", superuser]).args(more);
    copy.args(["-p", &port.to_string(), "-h"]).arg(listens);
    copy.arg("-D").arg(folder.path().join("data"));
    let output = copy.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    folder
}

/// A server that runs on such files.
pub struct Copy {
    folder: TempDir,
    major: u32,
    program: std::path::PathBuf,
    superuser: String,
    port: u16,
    settings: Vec<String>,
    postgres: Option<Child>,
}

impl Copy {
    /// Starts one, with settings on its command line, where no copy of its files takes them along.
    pub fn start(of: &Server, folder: TempDir, settings: &[(&str, &str)]) -> Self {
        let mut copy = Self {
            folder,
            major: of.major(),
            program: of.cluster.server().bin.join("postgres"),
            superuser: of.cluster.superuser().to_owned(),
            port: of.cluster.port(),
            settings: settings.iter().map(|(name, value)| format!("{name}={value}")).collect(),
            postgres: None,
        };
        copy.run();
        copy
    }

    /// A standby that follows a server.
    pub fn standby(of: &Server) -> Self {
        let standby = Self::start(of, base_backup(of, &["-R"]), &[]);
        let mut primary = of.cluster.session("postgres", Purpose::Look).unwrap();
        let written: String = primary.query_one("SELECT pg_current_wal_lsn()::text", &[]).unwrap().get(0);
        let deadline = Instant::now() + Duration::from_secs(60);
        let reached = format!("SELECT coalesce(pg_last_wal_replay_lsn() >= '{written}', false)");
        while !standby.session("postgres").query_one(&reached, &[]).unwrap().get::<_, bool>(0) {
            assert!(Instant::now() < deadline, "the standby does not follow");
            std::thread::sleep(Duration::from_millis(20));
        }
        standby
    }

    /// Its own files, as `pg_basebackup` takes them.
    pub fn backup(&self) -> TempDir {
        files_of(self.major, (self.folder(), self.port), &self.superuser, &[])
    }

    /// Runs a statement as the superuser.
    pub fn sql(&self, statement: &str) -> String {
        let nowhere = Environment::default();
        let settings = Settings::resolve(&self.conninfo(&self.superuser, "postgres"), &nowhere).unwrap();
        let mut session =
            Session::connect(&settings, &nowhere, Purpose::Change, Patience::LOOKING, &Interrupt::default()).unwrap();
        session.query_one(statement, &[]).unwrap().get(0)
    }

    fn run(&mut self) {
        let path = self.folder.path();
        let log = std::fs::File::create(path.join("log")).unwrap();
        let mut command = Account::choose().unwrap().command(&self.program, path);
        command.arg("-D").arg(path.join("data")).arg("-k").arg(path).args(["-p", &self.port.to_string()]);
        for setting in ["listen_addresses=", "fsync=off", "shared_buffers=32MB", "max_locks_per_transaction=512"] {
            command.args(["-c", setting]);
        }
        command.args(["-c", "max_connections=20", "-c", "max_prepared_transactions=0"]);
        for setting in &self.settings {
            command.args(["-c", setting]);
        }
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        self.postgres = Some(command.spawn().unwrap());
        let deadline = Instant::now() + Duration::from_secs(60);
        while let Err(failure) = self.try_session("postgres") {
            let gone = self.postgres.as_mut().unwrap().try_wait().unwrap();
            let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            assert!(Instant::now() < deadline && gone.is_none(), "{failure}: {log}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn stop(&mut self, signal: &str) {
        if let Some(mut postgres) = self.postgres.take() {
            // One that is gone already is what is wanted.
            let _ = Command::new("kill").args([signal, &postgres.id().to_string()]).status();
            let _ = postgres.wait();
        }
    }

    /// The same server, started again.
    pub fn restarted(mut self) -> Self {
        self.stop("-INT");
        self.run();
        self
    }

    /// Another server in its place: same folder, same port.
    pub fn exchanged_for(mut self, other: TempDir) -> Self {
        self.stop("-INT");
        let data = self.folder.path().join("data");
        std::fs::rename(&data, self.folder.path().join("gone")).unwrap();
        std::fs::rename(other.path().join("data"), &data).unwrap();
        self.run();
        self
    }

    pub fn promote(&self) {
        let promoted = self.session("postgres").query_one("SELECT pg_promote(true)", &[]).unwrap();
        assert!(promoted.get::<_, bool>(0));
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn conninfo(&self, role: &str, database: &str) -> String {
        format!("host={} port={} user={role} dbname={database}", self.folder().display(), self.port)
    }

    fn try_session(&self, database: &str) -> Result<Session, pgwarrant::pg::PgError> {
        let nowhere = Environment::default();
        let settings = Settings::resolve(&self.conninfo(&self.superuser, database), &nowhere)?;
        Session::connect(&settings, &nowhere, Purpose::Look, Patience::LOOKING, &Interrupt::default())
    }

    pub fn session(&self, database: &str) -> Session {
        self.try_session(database).unwrap()
    }

    /// How many columns the table of the change has here.
    pub fn columns(&self) -> i64 {
        let sql = "SELECT count(*) FROM pg_catalog.pg_attribute WHERE attrelid = 'app.t'::regclass AND attnum > 0";
        self.session("here").query_one(sql, &[]).unwrap().get(0)
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        self.stop("-QUIT");
    }
}
