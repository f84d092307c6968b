//! One ephemeral cluster: initdb, a server on a Unix socket in a folder only we can enter, and its removal.

use std::fs::File;
use std::net::{SocketAddr, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::account::Account;
use super::watchdog::{self, Watchdog};
use super::{ClusterError, Server, tool};
use crate::base::{Interrupt, ServerVersion};
use crate::pg::{Environment, Patience, Purpose, Session, Settings};

const PREFIX: &str = "pgwarrant-";
/// Memory-backed storage halves the time of everything; a fresh cluster needs about 40 MB.
const ROOM_NEEDED: u64 = 512 << 20;
const START_PATIENCE: Duration = Duration::from_secs(60);
const STOP_PATIENCE: Duration = Duration::from_secs(20);

/// A running throw-away server. Dropping it stops the server and removes every trace.
pub struct EphemeralCluster {
    server: Server,
    account: Account,
    folder: Option<TempDir>,
    port: u16,
    superuser: String,
    version: ServerVersion,
    system_identifier: String,
    postgres: Option<Child>,
    watchdog: Watchdog,
    _claim: File,
    interrupt: Interrupt,
}

impl EphemeralCluster {
    /// Makes and starts a cluster.
    pub fn start(server: &Server, interrupt: &Interrupt) -> Result<Self, ClusterError> {
        Self::start_as(Account::choose()?, server, interrupt)
    }

    /// As [`EphemeralCluster::start`], with the server's programs running under an account of the caller's choice.
    pub fn start_as(account: Account, server: &Server, interrupt: &Interrupt) -> Result<Self, ClusterError> {
        // A name that no role of a change can have by chance.
        Self::start_with(account, format!("pgwarrant_{}", random_hex()?), server, interrupt)
    }

    /// As [`EphemeralCluster::start`], with a bootstrap superuser of this name: for a copy of a database whose own has it.
    pub fn start_named(superuser: &str, server: &Server, interrupt: &Interrupt) -> Result<Self, ClusterError> {
        Self::start_with(Account::choose()?, superuser.to_owned(), server, interrupt)
    }

    fn start_with(
        account: Account,
        superuser: String,
        server: &Server,
        interrupt: &Interrupt,
    ) -> Result<Self, ClusterError> {
        let base = base_folder();
        watchdog::sweep(&base, PREFIX);
        let folder = tempfile::Builder::new()
            .prefix(PREFIX)
            .tempdir_in(&base)
            .map_err(ClusterError::io(format!("making a folder in {}", base.display())))?;
        let watchdog = Watchdog::start(folder.path())?;
        let claim = watchdog::claim(folder.path())?;
        account.own(folder.path())?;
        let mut cluster = Self {
            server: server.clone(),
            account,
            port: closed_port()?,
            folder: Some(folder),
            superuser,
            version: ServerVersion(server.major * 10_000),
            system_identifier: String::new(),
            postgres: None,
            watchdog,
            _claim: claim,
            interrupt: interrupt.clone(),
        };
        cluster.initdb()?;
        cluster.spawn()?;
        cluster.wait_until_ready()?;
        Ok(cluster)
    }

    fn path(&self) -> Result<&Path, ClusterError> {
        self.folder
            .as_ref()
            .map(TempDir::path)
            .ok_or_else(|| ClusterError::NotStarted { problem: "it was stopped".into() })
    }

    fn initdb(&self) -> Result<(), ClusterError> {
        let folder = self.path()?;
        let mut command = self.account.command(&self.server.bin.join("initdb"), folder);
        command.arg("-D").arg(folder.join("data")).args(["-U", &self.superuser]).args([
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
            "--no-instructions",
        ]);
        command.process_group(0);
        tool::run("initdb", &mut command, &self.interrupt).map(drop)
    }

    fn spawn(&mut self) -> Result<(), ClusterError> {
        let folder = self.path()?.to_owned();
        let log = File::create(folder.join("server.log")).map_err(ClusterError::io("making the server's log"))?;
        let again = log.try_clone().map_err(ClusterError::io("making the server's log"))?;
        let mut command = self.account.command(&self.server.bin.join("postgres"), &folder);
        command.arg("-D").arg(folder.join("data")).arg("-k").arg(&folder).args(["-p", &self.port.to_string()]);
        for setting in [
            "listen_addresses=",
            "unix_socket_permissions=0700",
            "max_connections=20",
            "shared_buffers=32MB",
            "fsync=off",
            "full_page_writes=off",
            "synchronous_commit=off",
            "autovacuum=off",
            "max_prepared_transactions=0",
            // In our folder instead of /dev/shm, where a killed server would leave its segments behind.
            "dynamic_shared_memory_type=mmap",
            "log_min_messages=warning",
            "max_locks_per_transaction=512",
        ] {
            command.arg("-c").arg(setting);
        }
        command.process_group(0).stdin(Stdio::null()).stdout(log).stderr(again);
        self.postgres = Some(command.spawn().map_err(ClusterError::io("starting postgres"))?);
        Ok(())
    }

    fn wait_until_ready(&mut self) -> Result<(), ClusterError> {
        let deadline = Instant::now() + START_PATIENCE;
        loop {
            if self.interrupt.is_set() {
                return Err(ClusterError::Interrupted);
            }
            if let Some(postgres) = self.postgres.as_mut()
                && let Some(status) = postgres.try_wait().map_err(ClusterError::io("waiting for postgres"))?
            {
                return Err(ClusterError::NotStarted { problem: format!("{status}: {}", self.log_tail()) });
            }
            match self.session("postgres", Purpose::Change) {
                Ok(mut session) => {
                    self.version = session.version();
                    let row =
                        session.query_one("SELECT system_identifier::text FROM pg_catalog.pg_control_system()", &[])?;
                    self.system_identifier = row.try_get(0).map_err(crate::pg::PgError::from)?;
                    return Ok(());
                }
                Err(failure) if Instant::now() > deadline => {
                    return Err(ClusterError::NotStarted { problem: format!("{failure}: {}", self.log_tail()) });
                }
                Err(_) => std::thread::sleep(Duration::from_millis(10)),
            }
        }
    }

    fn log_tail(&self) -> String {
        let text = self
            .path()
            .ok()
            .and_then(|folder| std::fs::read_to_string(folder.join("server.log")).ok())
            .unwrap_or_default();
        text.lines().rev().take(5).collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join(" | ")
    }

    /// A session as the cluster's superuser.
    pub fn session(&self, database: &str, purpose: Purpose) -> Result<Session, ClusterError> {
        self.session_as(&self.superuser, database, purpose)
    }

    /// A session as another role (everyone who can enter the folder is trusted, and only we can).
    pub fn session_as(&self, role: &str, database: &str, purpose: Purpose) -> Result<Session, ClusterError> {
        let nowhere = Environment::default();
        let settings = Settings::resolve(&self.conninfo_as(role, database)?, &nowhere)?;
        Ok(Session::connect(&settings, &nowhere, purpose, Patience::LOOKING, &self.interrupt)?)
    }

    /// The connection string of a database, as the superuser.
    pub fn conninfo(&self, database: &str) -> Result<String, ClusterError> {
        self.conninfo_as(&self.superuser, database)
    }

    /// The connection string of a database, as a role.
    pub fn conninfo_as(&self, role: &str, database: &str) -> Result<String, ClusterError> {
        let quote = |value: &str| format!("'{}'", value.replace('\\', "\\\\").replace('\'', "\\'"));
        Ok(format!(
            "host={} port={} user={} dbname={}",
            quote(&self.path()?.to_string_lossy()),
            self.port,
            quote(role),
            quote(database)
        ))
    }

    /// Stops the server at once, as a crash would, and starts it again on the same data.
    pub fn restart(&mut self) -> Result<(), ClusterError> {
        self.crash()?;
        self.spawn()?;
        self.wait_until_ready()
    }

    /// Stops the server in order, with a checkpoint. Its data stays.
    pub fn shut_down(&mut self) -> Result<(), ClusterError> {
        self.postgres.take().map_or(Ok(()), |mut postgres| stop_server(&mut postgres, Signal::INT))
    }

    /// Stops the server at once, as a crash would. Its data stays.
    pub fn crash(&mut self) -> Result<(), ClusterError> {
        self.postgres.take().map_or(Ok(()), |mut postgres| stop_server(&mut postgres, Signal::QUIT))
    }

    /// What a TCP connection to the server's port answers: it must be refused.
    pub fn probe_tcp(&self) -> Result<(), String> {
        let address = SocketAddr::from(([127, 0, 0, 1], self.port));
        match TcpStream::connect_timeout(&address, Duration::from_secs(2)) {
            Err(failure) if failure.kind() == std::io::ErrorKind::ConnectionRefused => Ok(()),
            Err(failure) => Err(failure.to_string()),
            Ok(_) => Err("something accepted the connection".into()),
        }
    }

    pub fn server(&self) -> &Server {
        &self.server
    }

    pub fn account(&self) -> Account {
        self.account
    }

    pub fn version(&self) -> ServerVersion {
        self.version
    }

    pub fn system_identifier(&self) -> &str {
        &self.system_identifier
    }

    pub fn superuser(&self) -> &str {
        &self.superuser
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where its socket and its data lie, while it runs.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_ref().map(TempDir::path)
    }

    /// The server's process, while it runs.
    pub fn process_id(&self) -> Option<u32> {
        self.postgres.as_ref().map(Child::id)
    }

    /// Stops the server and removes the folder; an error if anything is left.
    pub fn stop(&mut self) -> Result<(), ClusterError> {
        if let Some(mut postgres) = self.postgres.take() {
            // SIGQUIT: the immediate shutdown, a few milliseconds; nothing of this cluster is ever used again.
            stop_server(&mut postgres, Signal::QUIT)?;
        }
        if let Some(folder) = self.folder.take() {
            let path: PathBuf = folder.path().to_owned();
            let removed = folder.close();
            if path.exists() {
                return Err(removed.err().map_or(ClusterError::NotRemoved { folder: path }, |failure| {
                    ClusterError::io("removing the ephemeral cluster")(failure)
                }));
            }
        }
        self.watchdog.dismiss();
        Ok(())
    }
}

impl Drop for EphemeralCluster {
    fn drop(&mut self) {
        if let Err(failure) = self.stop() {
            // The watchdog still holds the folder's name and tries again when we are gone.
            log::error!(target: "pgwarrant.cluster", "{failure}");
        }
    }
}

/// Tells the server to stop and waits; one that does not is killed.
fn stop_server(postgres: &mut Child, signal: Signal) -> Result<(), ClusterError> {
    let deadline = Instant::now() + STOP_PATIENCE;
    if let Some(pid) = i32::try_from(postgres.id()).ok().and_then(Pid::from_raw) {
        // Already gone is what we want.
        let _ = kill_process(pid, signal);
    }
    loop {
        if postgres.try_wait().map_err(ClusterError::io("waiting for postgres to stop"))?.is_some() {
            return Ok(());
        }
        if Instant::now() > deadline {
            postgres.kill().map_err(ClusterError::io("killing postgres"))?;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Memory where there is enough of it, else the temporary folder. A socket's path holds 107 bytes at most.
fn base_folder() -> PathBuf {
    let memory = Path::new("/dev/shm");
    let roomy = rustix::fs::statvfs(memory).is_ok_and(|stat| stat.f_bavail.saturating_mul(stat.f_frsize) > ROOM_NEEDED);
    if roomy && tempfile::Builder::new().prefix(PREFIX).tempfile_in(memory).is_ok() {
        return memory.to_owned();
    }
    let temporary = std::env::temp_dir();
    if temporary.as_os_str().len() < 70 { temporary } else { PathBuf::from("/tmp") }
}

/// A port nobody listens on, so that the probe for our own silence cannot meet a stranger's server.
fn closed_port() -> Result<u16, ClusterError> {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).map_err(ClusterError::io("choosing a port"))?;
    listener.local_addr().map(|address| address.port()).map_err(ClusterError::io("choosing a port"))
}

fn random_hex() -> Result<String, ClusterError> {
    let random = getrandom::u32().map_err(|failure| ClusterError::NotStarted { problem: failure.to_string() })?;
    Ok(format!("{random:08x}"))
}
