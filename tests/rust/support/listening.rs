//! A server started by hand, as a production server would be: it listens on 127.0.0.1, asks for passwords, speaks TLS.
//! And certificates, made for the test.

#![allow(dead_code, reason = "each test binary uses its own part")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs::Permissions;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use pgwarrant::base::Interrupt;
use pgwarrant::cluster::account::Account;
use pgwarrant::cluster::{self, EphemeralCluster};
use pgwarrant::pg::{Environment, Patience, PgError, Purpose, Session, Settings};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};

/// Who may come in how.
pub const ACCESS: &str = "\
local   all all        trust
hostssl all certuser   127.0.0.1/32 trust clientcert=verify-full
hostnossl all tlsonly  127.0.0.1/32 reject
hostssl all plainonly  127.0.0.1/32 reject
host    all secret     127.0.0.1/32 scram-sha-256
host    all all        127.0.0.1/32 trust
";

pub const PASSWORD: &str = "hunter2-and-a-half";

/// A running server in a folder of its own.
pub struct Listening {
    pub folder: tempfile::TempDir,
    pub port: u16,
    pub major: u32,
    postgres: Child,
}

/// A port nobody listens on.
pub fn closed_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

fn scratch() -> tempfile::TempDir {
    tempfile::Builder::new().prefix("listening-").tempdir_in("/dev/shm").unwrap()
}

impl Listening {
    /// A fresh cluster on a Unix socket and on 127.0.0.1, with these lines of `pg_hba.conf` and these settings.
    pub fn start(server: &cluster::Server, access: &str, settings: &[(&str, &str)]) -> Self {
        let folder = scratch();
        let data = folder.path().join("data");
        let mut initdb = Account::choose().unwrap().command(&server.bin.join("initdb"), folder.path());
        initdb.args(["--auth=trust", "-U", "postgres", "--no-sync", "--locale=C", "--encoding=UTF8", "-D"]).arg(&data);
        let output = initdb.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        std::fs::write(data.join("pg_hba.conf"), access).unwrap();
        Self::run(server, folder, settings)
    }

    /// A standby of a throw-away server, made with `pg_basebackup -R`.
    pub fn standby_of(primary: &EphemeralCluster) -> Self {
        let folder = scratch();
        let account = Account::choose().unwrap();
        let mut copy = account.command(&primary.server().bin.join("pg_basebackup"), folder.path());
        copy.args(["-R", "-X", "stream", "-c", "fast", "-U", primary.superuser(), "-p", &primary.port().to_string()]);
        copy.arg("-h").arg(primary.folder().unwrap()).arg("-D").arg(folder.path().join("data"));
        let output = copy.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Self::run(primary.server(), folder, &[("max_locks_per_transaction", "512")])
    }

    fn run(server: &cluster::Server, folder: tempfile::TempDir, settings: &[(&str, &str)]) -> Self {
        let port = closed_port();
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let mut command = Account::choose().unwrap().command(&server.bin.join("postgres"), folder.path());
        command.arg("-D").arg(folder.path().join("data")).arg("-k").arg(folder.path());
        command.args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]);
        command.args(["-c", "shared_buffers=32MB"]);
        for (name, value) in settings {
            command.arg("-c").arg(format!("{name}={value}"));
        }
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        let postgres = command.spawn().unwrap();
        let mut listening = Self { folder, port, major: server.major, postgres };
        let deadline = Instant::now() + Duration::from_secs(30);
        while let Err(failure) = listening.try_socket("postgres") {
            let log = std::fs::read_to_string(listening.folder.path().join("log")).unwrap_or_default();
            let gone = listening.postgres.try_wait().unwrap();
            assert!(Instant::now() < deadline && gone.is_none(), "{failure}: {log}");
            std::thread::sleep(Duration::from_millis(20));
        }
        listening
    }

    pub fn socket_conninfo(&self, role: &str, database: &str) -> String {
        format!("host={} port={} user={role} dbname={database}", self.folder.path().display(), self.port)
    }

    fn try_socket(&self, database: &str) -> Result<Session, PgError> {
        // A standby has the superuser of its primary.
        let role = self.superuser();
        connect(&self.socket_conninfo(&role, database), &Environment::default())
    }

    fn superuser(&self) -> String {
        let auto = std::fs::read_to_string(self.folder.path().join("data/postgresql.auto.conf")).unwrap_or_default();
        let named = auto.split_once("user=").and_then(|(_, rest)| rest.split(' ').next());
        named.map_or("postgres".to_owned(), |name| name.trim_matches('\'').to_owned())
    }

    /// A session of the superuser through the socket.
    pub fn admin(&self) -> Session {
        self.try_socket("postgres").unwrap()
    }

    /// Writes a file that the server may read.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        path
    }

    /// Sets a setting of the configuration file, and waits until new sessions have it.
    pub fn set(&self, name: &str, value: &str) {
        let mut admin = self.admin();
        admin.execute(&format!("ALTER SYSTEM SET {name} = '{value}'")).unwrap();
        admin.query("SELECT pg_catalog.pg_reload_conf()", &[]).unwrap();
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            let row = self.admin().query_one("SELECT pg_catalog.current_setting($1)", &[&name]).unwrap();
            if row.get::<_, &str>(0) == value {
                return;
            }
            assert!(Instant::now() < deadline, "{name} is {}", row.get::<_, &str>(0));
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let id = self.postgres.id().to_string();
        // SIGQUIT is the immediate shutdown; if even that fails, the next line does not return and the test is seen.
        let _ = Command::new("kill").args(["-QUIT", &id]).status();
        let _ = self.postgres.wait();
    }
}

/// A session for looking, as the library makes it.
pub fn connect(conninfo: &str, environment: &Environment) -> Result<Session, PgError> {
    let settings = Settings::resolve(conninfo, environment)?;
    Session::connect(&settings, environment, Purpose::Change, Patience::LOOKING, &Interrupt::default())
}

/// True for a server built with OpenSSL.
pub fn has_tls(server: &cluster::Server) -> bool {
    let program = std::fs::read(server.bin.join("postgres")).unwrap();
    program.windows(11).any(|bytes| bytes == b"SSL_CTX_new")
}

/// A certificate authority.
pub struct Authority {
    pub certificate: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub fn new(name: &str) -> Self {
        let mut parameters = CertificateParams::new(Vec::new()).unwrap();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        let certificate = parameters.self_signed(&key).unwrap().pem();
        Self { certificate, issuer: Issuer::new(parameters, key) }
    }

    /// A certificate for these names (or addresses), with this common name, and its key.
    pub fn issue(&self, common_name: &str, names: &[&str], expired: bool) -> (String, String) {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut parameters = CertificateParams::new(names).unwrap();
        parameters.distinguished_name.push(DnType::CommonName, common_name);
        if expired {
            parameters.not_before = date_time_ymd(2020, 1, 1);
            parameters.not_after = date_time_ymd(2020, 2, 1);
        }
        let key = KeyPair::generate().unwrap();
        let certificate = parameters.signed_by(&key, &self.issuer).unwrap();
        (certificate.pem(), key.serialize_pem())
    }
}

/// An environment without any variable.
pub fn nothing() -> Environment {
    Environment { user: Some("root".into()), ..Environment::default() }
}

/// An environment of these variables and this home.
pub fn environment(variables: &[(&str, &str)], home: Option<&Path>) -> Environment {
    Environment {
        variables: variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        home: home.map(Path::to_owned),
        user: Some("root".into()),
    }
}

/// Gives a file these permissions.
pub fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}
