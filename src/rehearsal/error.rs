//! What keeps a dry run from being made. A change that fails in its dry run is not an error but a result.

use serde_json::{Map, Value, json};

use crate::base::Coded;
use crate::catalog::CatalogError;
use crate::change::ChangeError;
use crate::cluster::ClusterError;
use crate::pg::PgError;
use crate::rows::RowsError;

#[derive(Debug, thiserror::Error)]
pub enum RehearsalError {
    #[error("the scaffold fails at line {line}: {message}")]
    Scaffold { line: usize, sqlstate: String, message: String },
    #[error("the extension {extension} is not available on {server}")]
    NoExtension { extension: String, server: String, available: Vec<String> },
    #[error("a restored base needs a target to restore from")]
    NoTarget,
    #[error("the target could not be restored: {problem}")]
    Restore { problem: String },
    #[error("the way back cannot be found: {problem}")]
    Inverse { problem: String },
    #[error("the delta cannot be compared: {problem}")]
    Delta { problem: String },
    #[error(transparent)]
    Change(#[from] ChangeError),
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    #[error(transparent)]
    Pg(#[from] PgError),
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    #[error(transparent)]
    Rows(#[from] RowsError),
}

impl RehearsalError {
    fn inner(&self) -> Option<&dyn Coded> {
        Some(match self {
            Self::Change(inner) => inner,
            Self::Cluster(inner) => inner,
            Self::Pg(inner) => inner,
            Self::Catalog(inner) => inner,
            Self::Rows(inner) => inner,
            _ => return None,
        })
    }
}

impl From<crate::delta::DeltaError> for RehearsalError {
    fn from(failure: crate::delta::DeltaError) -> Self {
        Self::Delta { problem: failure.to_string() }
    }
}

impl From<crate::inverse::InverseError> for RehearsalError {
    fn from(failure: crate::inverse::InverseError) -> Self {
        Self::Inverse { problem: failure.to_string() }
    }
}

impl Coded for RehearsalError {
    fn code(&self) -> &'static str {
        match self {
            Self::Scaffold { .. } => "rehearsal.scaffold",
            Self::NoExtension { .. } => "rehearsal.no-extension",
            Self::NoTarget => "rehearsal.no-target",
            Self::Restore { .. } => "rehearsal.restore",
            Self::Delta { .. } => "rehearsal.delta",
            Self::Inverse { .. } => "rehearsal.inverse",
            Self::Change(inner) => inner.code(),
            Self::Cluster(inner) => inner.code(),
            Self::Pg(inner) => inner.code(),
            Self::Catalog(inner) => inner.code(),
            Self::Rows(inner) => inner.code(),
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Scaffold { .. } => {
                "scaffold.sql builds what the change needs; names in it are schema-qualified".into()
            }
            Self::NoExtension { extension, .. } => format!(
                "the embedded server brings plpgsql and vector only; install a server that has {extension} (Debian: \
                 postgresql-MAJOR and postgresql-contrib, or the extension's own package) and name it with PGWARRANT_PG_BIN"
            ),
            Self::NoTarget => "--base restored --target DSN".into(),
            Self::Restore { .. } => {
                "use --base structural with a scaffold.sql, or a role that may dump the target".into()
            }
            _ => return self.inner().and_then(Coded::hint),
        })
    }

    fn exit_status(&self) -> u8 {
        match self {
            Self::NoTarget => 2,
            _ => self.inner().map_or(4, Coded::exit_status),
        }
    }

    fn facts(&self) -> Map<String, Value> {
        match self {
            Self::Scaffold { line, sqlstate, message } => {
                json!({"line": line, "sqlstate": sqlstate, "message": message})
            }
            Self::NoExtension { extension, server, available } => {
                json!({"extension": extension, "server": server, "available": available})
            }
            _ => return self.inner().map(Coded::facts).unwrap_or_default(),
        }
        .as_object()
        .cloned()
        .unwrap_or_default()
    }
}
