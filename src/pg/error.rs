//! What can go wrong between us and a server.

use std::path::PathBuf;

use serde_json::{Map, Value, json};

use crate::base::Coded;

/// A failure to understand a connection string, to reach a server, or to be answered by it.
#[derive(Debug, thiserror::Error)]
pub enum PgError {
    #[error("the connection string cannot be read: {problem}")]
    Conninfo { problem: String },
    #[error("unknown connection keyword \"{name}\"")]
    UnknownKeyword { name: String, nearest: Option<&'static str> },
    #[error("{name}=\"{value}\" cannot be honoured")]
    UnsupportedValue { name: String, value: String, supported: &'static [&'static str] },
    #[error("there is no service \"{service}\"")]
    NoSuchService { service: String },
    #[error("cannot read {path}: {source}")]
    SettingsFile { path: PathBuf, source: std::io::Error },
    #[error("TLS cannot be set up: {problem}")]
    Tls { problem: String },
    #[error("could not connect to {target}: {problem}")]
    Connect { target: String, problem: String, sqlstate: Option<String> },
    #[error("no server of {target} is {wanted}")]
    WrongKindOfServer { target: String, wanted: &'static str },
    #[error("the server changed a pinned setting: {name} is \"{found}\", not \"{pinned}\"")]
    Pin { name: String, pinned: String, found: String },
    #[error("{message}")]
    Server { sqlstate: String, message: String, detail: Option<String>, hint: Option<String>, position: Option<u32> },
    #[error("the connection was lost: {problem}")]
    Lost { problem: String },
    #[error("a value of the server's answer could not be read: {problem}")]
    Decode { problem: String },
    #[error("the server ran a statement behind one that it had refused")]
    RanBehind,
    #[error("interrupted")]
    Interrupted,
}

impl PgError {
    /// The server's five-character error code (<https://www.postgresql.org/docs/current/errcodes-appendix.html>).
    pub fn sqlstate(&self) -> Option<&str> {
        match self {
            Self::Server { sqlstate, .. } => Some(sqlstate),
            Self::Connect { sqlstate, .. } => sqlstate.as_deref(),
            _ => None,
        }
    }

    /// True when nobody knows any more what the server does: the outcome has to be resolved on another connection.
    pub fn is_lost(&self) -> bool {
        matches!(self, Self::Lost { .. })
            || self.sqlstate().is_some_and(|state| state.starts_with("57P") || state.starts_with("08"))
    }
}

impl From<postgres::Error> for PgError {
    fn from(failure: postgres::Error) -> Self {
        use postgres::error::ErrorPosition;
        if let Some(server) = failure.as_db_error() {
            let position = match server.position() {
                Some(ErrorPosition::Original(at)) => Some(*at),
                _ => None,
            };
            return Self::Server {
                sqlstate: server.code().code().to_owned(),
                message: server.message().to_owned(),
                detail: server.detail().map(str::to_owned),
                hint: server.hint().map(str::to_owned),
                position,
            };
        }
        let problem = with_causes(&failure);
        if failure.is_closed()
            || std::error::Error::source(&failure).is_some_and(<dyn std::error::Error + 'static>::is::<std::io::Error>)
        {
            Self::Lost { problem }
        } else {
            Self::Decode { problem }
        }
    }
}

/// A sentence with its causes: the driver's own texts name them only through `source()`.
pub(super) fn with_causes(failure: &dyn std::error::Error) -> String {
    let mut text = failure.to_string();
    let mut cause = failure.source();
    while let Some(inner) = cause {
        let sentence = inner.to_string();
        if !text.contains(&sentence) {
            text.push_str(": ");
            text.push_str(&sentence);
        }
        cause = inner.source();
    }
    text
}

impl Coded for PgError {
    fn code(&self) -> &'static str {
        match self {
            Self::Conninfo { .. } => "pg.conninfo",
            Self::UnknownKeyword { .. } => "pg.unknown-keyword",
            Self::UnsupportedValue { .. } => "pg.unsupported-value",
            Self::NoSuchService { .. } => "pg.no-such-service",
            Self::SettingsFile { .. } => "pg.settings-file",
            Self::Tls { .. } => "pg.tls",
            Self::Connect { .. } => "pg.connect",
            Self::WrongKindOfServer { .. } => "pg.wrong-kind-of-server",
            Self::Pin { .. } => "pg.pin",
            Self::Server { .. } => "pg.server",
            Self::Lost { .. } => "pg.lost",
            Self::Decode { .. } => "pg.decode",
            Self::RanBehind => "pg.ran-behind",
            Self::Interrupted => "pg.interrupted",
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Conninfo { .. } => {
                "write it as psql takes it: \"host=db.example.org dbname=orders\" or postgresql://db.example.org/orders"
                    .into()
            }
            Self::UnknownKeyword { nearest: Some(nearest), .. } => format!("did you mean \"{nearest}\"?"),
            Self::UnknownKeyword { nearest: None, .. } => {
                "the keywords are those of libpq: host, port, dbname, user, sslmode, service, ...".into()
            }
            Self::UnsupportedValue { supported, .. } => {
                let values: Vec<&str> = supported.iter().copied().filter(|value| !value.is_empty()).collect();
                if values.is_empty() { "leave it out".into() } else { format!("supported: {}", values.join(", ")) }
            }
            Self::NoSuchService { .. } => "services are read from PGSERVICEFILE or ~/.pg_service.conf".into(),
            Self::Tls { .. } => {
                "sslmode=verify-full with sslrootcert proves the server; a Unix socket needs no TLS".into()
            }
            Self::Connect { problem, sqlstate, .. } => match sqlstate.as_deref() {
                None if problem.contains("password missing") => {
                    "the server asks for a password: a password file (PGPASSFILE or ~/.pgpass, mode 0600) or PGPASSWORD"
                        .into()
                }
                Some("28P01" | "28000") => {
                    "check the user and the password file (PGPASSFILE or ~/.pgpass, mode 0600)".into()
                }
                Some("3D000") => "the database does not exist on that server".into(),
                _ => "check host, port and that the server runs".into(),
            },
            Self::Pin { .. } => {
                "a pooler or the role's own settings change the session: connect to the server itself".into()
            }
            Self::Server { hint, .. } => hint.clone()?,
            Self::RanBehind => "statements are sent in one transaction, and none of them may end it".into(),
            Self::Lost { .. } => "the server or the network ended the connection".into(),
            _ => return None,
        })
    }

    fn exit_status(&self) -> u8 {
        match self {
            Self::Conninfo { .. } | Self::UnknownKeyword { .. } | Self::UnsupportedValue { .. } => 2,
            _ => 4,
        }
    }

    fn facts(&self) -> Map<String, Value> {
        let value = match self {
            Self::Server { sqlstate, detail, position, .. } => {
                json!({"sqlstate": sqlstate, "detail": detail, "position": position})
            }
            Self::Connect { target, sqlstate, .. } => json!({"target": target, "sqlstate": sqlstate}),
            Self::Pin { name, pinned, found } => json!({"setting": name, "pinned": pinned, "found": found}),
            _ => return Map::new(),
        };
        value.as_object().cloned().unwrap_or_default()
    }
}
