//! Connection settings: what the user gave, completed the way libpq completes it
//! (string, then service, then environment, then defaults; the password file last).

use std::fmt;
use std::path::Path;
use std::time::Duration;

use postgres::config::{ChannelBinding, SslMode as DriverSslMode, SslNegotiation};

use super::conninfo::{self, Parameters};
use super::keywords::{self, Handling, KEYWORDS};
use super::passfile::{self, Wanted};
use super::{Environment, PgError, service};

/// How the connection is protected (<https://www.postgresql.org/docs/current/libpq-ssl.html>).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SslMode {
    Disable,
    Allow,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

impl SslMode {
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "disable" => Self::Disable,
            "allow" => Self::Allow,
            "prefer" => Self::Prefer,
            "require" => Self::Require,
            "verify-ca" => Self::VerifyCa,
            "verify-full" => Self::VerifyFull,
            _ => return None,
        })
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Disable => "disable",
            Self::Allow => "allow",
            Self::Prefer => "prefer",
            Self::Require => "require",
            Self::VerifyCa => "verify-ca",
            Self::VerifyFull => "verify-full",
        }
    }
}

/// Which kind of server is wanted (`target_session_attrs`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionAttrs {
    Any,
    ReadWrite,
    ReadOnly,
    Primary,
    Standby,
    PreferStandby,
}

/// One address to try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// A name, an address, or the folder of a Unix socket.
    pub name: String,
    pub address: Option<std::net::IpAddr>,
    pub port: u16,
    password: Option<String>,
}

impl Host {
    pub fn is_unix_socket(&self) -> bool {
        self.name.starts_with('/') || self.name.starts_with('@')
    }
}

/// Where and as whom to connect. Holds the password, which none of its texts ever shows.
#[derive(Clone)]
pub struct Settings {
    hosts: Vec<Host>,
    pub user: String,
    pub database: String,
    pub ssl_mode: SslMode,
    pub session_attrs: SessionAttrs,
    parameters: Parameters,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Settings({self})")
    }
}

/// The settings without any secret.
impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hosts: Vec<String> = self.hosts.iter().map(|host| format!("{}:{}", host.name, host.port)).collect();
        write!(f, "{}@{}/{} sslmode={}", self.user, hosts.join(","), self.database, self.ssl_mode.name())
    }
}

impl Settings {
    /// Completes a connection string from the environment.
    pub fn resolve(conninfo: &str, environment: &Environment) -> Result<Self, PgError> {
        let mut parameters = conninfo::parse(conninfo)?;
        for name in parameters.keys() {
            if keywords::find(name).is_none() {
                return Err(PgError::UnknownKeyword { name: name.clone(), nearest: keywords::nearest(name) });
            }
        }
        let service =
            parameters.get("service").cloned().or_else(|| environment.variable("PGSERVICE").map(str::to_owned));
        if let Some(service) = service {
            let file = parameters.get("servicefile").cloned();
            for (name, value) in service::look_up(&service, file.as_deref(), environment)? {
                if keywords::find(&name).is_none() {
                    return Err(PgError::UnknownKeyword { nearest: keywords::nearest(&name), name });
                }
                parameters.entry(name).or_insert(value);
            }
        }
        for keyword in KEYWORDS {
            if let Some(value) = keyword.variable.and_then(|variable| environment.variable(variable)) {
                parameters.entry(keyword.name.to_owned()).or_insert_with(|| value.to_owned());
            }
        }
        // As libpq: an old way to ask for TLS, where no newer one says otherwise.
        if environment.variable("PGREQUIRESSL").is_some_and(|value| value.starts_with('1')) {
            parameters.entry("sslmode".to_owned()).or_insert_with(|| SslMode::Require.name().to_owned());
        }
        refuse_what_cannot_be_honoured(&parameters)?;
        Self::complete(parameters, environment)
    }

    fn complete(mut parameters: Parameters, environment: &Environment) -> Result<Self, PgError> {
        // A database name may itself be a connection string (`psql "host=... dbname=..."`); as a value it is a name.
        let user = match given(&parameters, "user") {
            Some(user) => user.to_owned(),
            None => environment.user.clone().ok_or_else(|| malformed("no user is given and the system has none"))?,
        };
        let database = given(&parameters, "dbname").unwrap_or(&user).to_owned();
        let ssl_mode = match given(&parameters, "sslmode") {
            Some(text) => SslMode::parse(text).ok_or_else(|| {
                malformed(format!(
                    "sslmode \"{text}\" is not one of disable, allow, prefer, require, verify-ca, verify-full"
                ))
            })?,
            // libpq: a root certificate of the system's own store only makes sense with full verification.
            None if given(&parameters, "sslrootcert") == Some("system") => SslMode::VerifyFull,
            None => SslMode::Prefer,
        };
        refuse_weak_protection(&parameters, ssl_mode)?;
        let session_attrs = match given(&parameters, "target_session_attrs").unwrap_or("any") {
            "any" => SessionAttrs::Any,
            "read-write" => SessionAttrs::ReadWrite,
            "read-only" => SessionAttrs::ReadOnly,
            "primary" => SessionAttrs::Primary,
            "standby" => SessionAttrs::Standby,
            "prefer-standby" => SessionAttrs::PreferStandby,
            other => return Err(malformed(format!("target_session_attrs \"{other}\" is not known"))),
        };
        let hosts = hosts(&parameters, &database, &user, environment)?;
        parameters.remove("password");
        Ok(Self { hosts, user, database, ssl_mode, session_attrs, parameters })
    }

    pub fn hosts(&self) -> &[Host] {
        &self.hosts
    }

    /// The same settings for another database of the same server.
    #[must_use]
    pub fn with_database(&self, database: &str) -> Self {
        Self { database: database.to_owned(), ..self.clone() }
    }

    /// A keyword's value, where one was given.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        given(&self.parameters, name)
    }

    /// `PG*` variables for a client program (`pg_dump`) that must reach the same place. The password travels in the
    /// child's environment, never on a command line.
    pub fn client_environment(&self, host: &Host) -> Vec<(String, String)> {
        let mut variables: Vec<(String, String)> = KEYWORDS
            .iter()
            .filter_map(|keyword| Some((keyword.variable?.to_owned(), self.parameter(keyword.name)?.to_owned())))
            .filter(|(name, _)| name != "PGSERVICE" && name != "PGSERVICEFILE" && name != "PGOPTIONS")
            .collect();
        let mut set = |name: &str, value: String| {
            variables.retain(|(given, _)| given != name);
            variables.push((name.to_owned(), value));
        };
        set("PGHOST", host.name.clone());
        set("PGPORT", host.port.to_string());
        set("PGUSER", self.user.clone());
        set("PGDATABASE", self.database.clone());
        set("PGSSLMODE", self.ssl_mode.name().to_owned());
        if let Some(address) = host.address {
            set("PGHOSTADDR", address.to_string());
        }
        if let Some(password) = &host.password {
            set("PGPASSWORD", password.clone());
        }
        variables
    }

    /// The driver's configuration for one host and one protection.
    pub(super) fn driver_config(
        &self,
        host: &Host,
        mode: DriverSslMode,
        options: &str,
    ) -> Result<tokio_postgres::Config, PgError> {
        let mut config = tokio_postgres::Config::new();
        if host.is_unix_socket() {
            config.host_path(Path::new(&host.name));
        } else {
            config.host(&host.name);
            if let Some(address) = host.address {
                config.hostaddr(address);
            }
        }
        config.port(host.port).user(&self.user).dbname(&self.database).ssl_mode(mode).options(options);
        if let Some(password) = &host.password {
            config.password(password);
        }
        config.application_name(
            self.parameter("application_name")
                .or_else(|| self.parameter("fallback_application_name"))
                .unwrap_or("pgwarrant"),
        );
        config.connect_timeout(self.connect_timeout()?);
        if let Some(on) = self.number("keepalives")? {
            config.keepalives(on != 0);
        }
        if let Some(seconds) = self.number("keepalives_idle")?.filter(|seconds| *seconds > 0) {
            config.keepalives_idle(Duration::from_secs(seconds));
        }
        if let Some(seconds) = self.number("keepalives_interval")?.filter(|seconds| *seconds > 0) {
            config.keepalives_interval(Duration::from_secs(seconds));
        }
        if let Some(count) = self.number("keepalives_count")? {
            config.keepalives_retries(u32::try_from(count).map_err(|_| malformed("keepalives_count is too large"))?);
        }
        // libpq's unit is milliseconds; the driver's own parser would read seconds.
        if let Some(milliseconds) = self.number("tcp_user_timeout")?.filter(|milliseconds| *milliseconds > 0) {
            config.tcp_user_timeout(Duration::from_millis(milliseconds));
        }
        config.channel_binding(match self.parameter("channel_binding") {
            None | Some("prefer") => ChannelBinding::Prefer,
            Some("require") => ChannelBinding::Require,
            Some("disable") => ChannelBinding::Disable,
            Some(other) => return Err(malformed(format!("channel_binding \"{other}\" is not known"))),
        });
        config.ssl_negotiation(match self.parameter("sslnegotiation") {
            None | Some("postgres") => SslNegotiation::Postgres,
            Some("direct") => SslNegotiation::Direct,
            Some(other) => return Err(malformed(format!("sslnegotiation \"{other}\" is not known"))),
        });
        Ok(config)
    }

    /// How long one host may take until it lets us in. libpq never waits less than two seconds; without a setting it
    /// would wait for ever.
    pub(super) fn connect_timeout(&self) -> Result<Duration, PgError> {
        let asked = self.number("connect_timeout")?.filter(|seconds| *seconds > 0);
        Ok(Duration::from_secs(asked.map_or(30, |seconds| seconds.max(2))))
    }

    fn number(&self, name: &str) -> Result<Option<u64>, PgError> {
        self.parameter(name)
            .map(|text| text.trim().parse().map_err(|_| malformed(format!("{name} \"{text}\" is not a whole number"))))
            .transpose()
    }
}

fn malformed(problem: impl Into<String>) -> PgError {
    PgError::Conninfo { problem: problem.into() }
}

fn given<'a>(parameters: &'a Parameters, name: &str) -> Option<&'a str> {
    parameters.get(name).map(String::as_str).filter(|value| !value.is_empty())
}

fn refuse_what_cannot_be_honoured(parameters: &Parameters) -> Result<(), PgError> {
    for (name, value) in parameters {
        if let Some(Handling::Only(values)) = keywords::find(name).map(|keyword| keyword.handling)
            && !values.contains(&value.as_str())
        {
            let secret =
                ["sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key"].contains(&name.as_str());
            let value = if secret { "...".to_owned() } else { value.clone() };
            return Err(PgError::UnsupportedValue { name: name.clone(), value, supported: values });
        }
    }
    Ok(())
}

/// As libpq: the system's store without the name proves nothing, and without an exchange before the handshake there is
/// no way back to plain text.
fn refuse_weak_protection(parameters: &Parameters, mode: SslMode) -> Result<(), PgError> {
    let weak = |what: &str, least: SslMode| {
        Err(malformed(format!("sslmode={} is too weak for {what}; use {}", mode.name(), least.name())))
    };
    if given(parameters, "sslrootcert") == Some("system") && mode != SslMode::VerifyFull {
        return weak("sslrootcert=system", SslMode::VerifyFull);
    }
    let ends = ["ssl_min_protocol_version", "ssl_max_protocol_version"].map(|name| given(parameters, name));
    if ends == [Some("TLSv1.3"), Some("TLSv1.2")] {
        return Err(malformed("ssl_min_protocol_version is higher than ssl_max_protocol_version"));
    }
    if given(parameters, "sslnegotiation") == Some("direct") && mode < SslMode::Require {
        return weak("sslnegotiation=direct", SslMode::Require);
    }
    Ok(())
}

fn hosts(parameters: &Parameters, database: &str, user: &str, environment: &Environment) -> Result<Vec<Host>, PgError> {
    let list = |name: &str| -> Vec<String> {
        given(parameters, name)
            .map(|text| text.split(',').map(|part| part.trim().to_owned()).collect())
            .unwrap_or_default()
    };
    let (names, addresses, ports) = (list("host"), list("hostaddr"), list("port"));
    let count = names.len().max(addresses.len()).max(1);
    for (what, length) in [("hosts", names.len()), ("host addresses", addresses.len())] {
        if length != 0 && length != count {
            return Err(malformed(format!("{length} {what} do not match {count} entries")));
        }
    }
    if ports.len() > 1 && ports.len() != count {
        return Err(malformed(format!("{} ports do not match {count} hosts", ports.len())));
    }
    (0..count)
        .map(|at| {
            let address = addresses
                .get(at)
                .filter(|text| !text.is_empty())
                .map(|text| text.parse().map_err(|_| malformed(format!("hostaddr \"{text}\" is not an IP address"))))
                .transpose()?;
            let name = names.get(at).filter(|name| !name.is_empty()).cloned();
            let name = name.unwrap_or_else(|| addresses.get(at).cloned().unwrap_or_else(default_host));
            let port = ports.get(at).or(ports.first()).filter(|port| !port.is_empty()).map_or("5432", String::as_str);
            let number = port.parse().map_err(|_| malformed("a port is not a number up to 65535"))?;
            let password = given(parameters, "password").map(str::to_owned).or_else(|| {
                // The password file calls every default socket "localhost".
                let host = if is_default_socket(&name) { "localhost" } else { &name };
                passfile::look_up(given(parameters, "passfile"), environment, Wanted { host, port, database, user })
            });
            Ok(Host { name, address, port: number, password })
        })
        .collect()
}

const SOCKET_FOLDERS: [&str; 2] = ["/var/run/postgresql", "/tmp"];

fn is_default_socket(name: &str) -> bool {
    SOCKET_FOLDERS.contains(&name) || name == "/run/postgresql"
}

/// libpq's compiled-in default differs between packagers: the first socket folder that holds a socket wins.
fn default_host() -> String {
    let holds_a_socket = |folder: &&str| {
        std::fs::read_dir(folder).is_ok_and(|mut entries| {
            entries.any(|entry| entry.is_ok_and(|entry| entry.file_name().to_string_lossy().starts_with(".s.PGSQL.")))
        })
    };
    SOCKET_FOLDERS.into_iter().find(holds_a_socket).unwrap_or("localhost").to_owned()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::{Environment, Settings, SslMode};

    fn environment(variables: &[(&str, &str)]) -> Environment {
        Environment {
            variables: variables.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
            home: None,
            user: Some("me".into()),
        }
    }

    #[test]
    fn the_string_beats_the_environment_which_beats_the_default() {
        let world = environment(&[("PGHOST", "env.example.org"), ("PGPORT", "6432"), ("PGDATABASE", "orders")]);
        let settings = Settings::resolve("host=db.example.org sslmode=verify-full", &world).unwrap();
        assert_eq!(settings.to_string(), "me@db.example.org:6432/orders sslmode=verify-full");
    }

    #[test]
    fn a_service_fills_what_the_string_leaves_open() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("services");
        std::fs::write(&file, "[orders]\nhost=db.example.org\ndbname=orders\nuser=deploy\n").unwrap();
        let world = environment(&[("PGSERVICEFILE", file.to_str().unwrap())]);
        let settings = Settings::resolve("service=orders user=other", &world).unwrap();
        assert_eq!(settings.to_string(), "other@db.example.org:5432/orders sslmode=prefer");
        assert!(Settings::resolve("service=nowhere", &world).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn the_password_file_is_used_only_when_private_and_never_shown() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let file: PathBuf = folder.path().join("pass");
        std::fs::write(&file, "db.example.org:5432:orders:deploy:s3cret\n").unwrap();
        let conninfo = format!("host=db.example.org dbname=orders user=deploy passfile={}", file.display());
        let password = |mode| {
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
            let settings = Settings::resolve(&conninfo, &environment(&[])).unwrap();
            assert!(!format!("{settings:?}").contains("s3cret"));
            settings.hosts()[0].password.clone()
        };
        assert_eq!(password(0o600).as_deref(), Some("s3cret"));
        assert_eq!(password(0o640), None);
    }

    #[test]
    fn what_cannot_be_honoured_is_refused() {
        for bad in [
            "hots=db.example.org",
            "gssencmode=require",
            "sslmode=strict",
            "requirepeer=postgres",
            "sslpassword=x",
            "port=x",
            "require_auth=scram-sha-256",
            "oauth_client_secret=x",
            "krbsrvname=other",
            "sslcompression=1",
            "ssl_min_protocol_version=TLSv1.3 ssl_max_protocol_version=TLSv1.2",
            "host=a,b port=1,2,3",
        ] {
            assert!(Settings::resolve(bad, &environment(&[])).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_old_way_to_ask_for_tls_is_heard() {
        let mode = |conninfo: &str, variables: &[(&str, &str)]| {
            Settings::resolve(conninfo, &environment(variables)).unwrap().ssl_mode
        };
        assert_eq!(mode("host=a", &[("PGREQUIRESSL", "1")]), SslMode::Require);
        assert_eq!(mode("host=a", &[("PGREQUIRESSL", "0")]), SslMode::Prefer);
        assert_eq!(mode("host=a sslmode=verify-ca", &[("PGREQUIRESSL", "1")]), SslMode::VerifyCa);
        assert_eq!(mode("host=a", &[("PGREQUIRESSL", "1"), ("PGSSLMODE", "disable")]), SslMode::Disable);
    }

    #[test]
    fn a_system_root_means_full_verification() {
        let settings = Settings::resolve("host=db.example.org sslrootcert=system", &environment(&[])).unwrap();
        assert_eq!(settings.ssl_mode, SslMode::VerifyFull);
    }
}
