//! What stops the check of one input; the others are checked all the same.

use serde_json::{Map, Value, json};

use super::case::visible;
use crate::base::{Coded, Place};
use crate::catalog::CatalogError;
use crate::change::ChangeError;
use crate::script::ScriptError;
use crate::sql::SqlError;

#[derive(Debug, thiserror::Error)]
pub enum ChecksError {
    #[error("there is no file or directory of this name")]
    Missing { path: String },
    #[error("it cannot be read: {source}")]
    Unreadable { path: String, source: std::io::Error },
    #[error("the directory holds no .sql file and no change")]
    NoSql { path: String },
    #[error("nothing fits this pattern")]
    NoMatch { pattern: String },
    #[error("\"{}\" is no pattern: {reason}", visible(pattern))]
    Pattern { pattern: String, reason: String },
    #[error("\"{}\" is not a rule", visible(slug))]
    UnknownRule { slug: String, nearest: Option<&'static str> },
    #[error("{slug} is a gate rule, and what a gate holds back is allowed by a contract only")]
    GateRule { slug: &'static str },
    #[error("there is no file {}", visible(path))]
    SnapshotMissing { path: String },
    #[error("the snapshot {} cannot be read: {source}", visible(path))]
    SnapshotUnreadable { path: String, source: std::io::Error },
    #[error("{} is not a snapshot that can be used: {source}", visible(path))]
    NoSnapshot { path: String, source: CatalogError },
    #[error(transparent)]
    Change(#[from] ChangeError),
    #[error(transparent)]
    Script(#[from] ScriptError),
    #[error(transparent)]
    Sql(#[from] SqlError),
}

impl ChecksError {
    fn inner(&self) -> Option<&dyn Coded> {
        match self {
            Self::Change(source) => Some(source),
            Self::Script(source) => Some(source),
            Self::Sql(source) => Some(source),
            _ => None,
        }
    }

    /// Where in the script, if the fault has a place.
    pub fn place(&self) -> Option<Place> {
        match self {
            Self::Script(source) | Self::Change(ChangeError::Script { source, .. }) => source.place(),
            _ => None,
        }
    }
}

impl Coded for ChecksError {
    fn code(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "checks.missing",
            Self::Unreadable { .. } => "checks.unreadable",
            Self::NoSql { .. } => "checks.no-sql",
            Self::NoMatch { .. } => "checks.no-match",
            Self::Pattern { .. } => "checks.pattern",
            Self::UnknownRule { .. } => "checks.unknown-rule",
            Self::GateRule { .. } => "checks.gate-rule",
            Self::SnapshotMissing { .. } => "checks.snapshot-missing",
            Self::SnapshotUnreadable { .. } => "checks.snapshot-unreadable",
            Self::NoSnapshot { .. } => "checks.no-snapshot",
            Self::Change(source) => source.code(),
            Self::Script(source) => source.code(),
            Self::Sql(source) => source.code(),
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Missing { .. } => {
                "name SQL files, directories that hold some, change directories, patterns, or - for stdin".into()
            }
            Self::Unreadable { .. } | Self::SnapshotUnreadable { .. } => "check the file and its permissions".into(),
            Self::NoSql { .. } => "name the directory that holds the scripts, or the files themselves".into(),
            Self::NoMatch { .. } => "quote the pattern, and write ** for any number of directories".into(),
            Self::Pattern { .. } => "`*`, `**`, `?` and `[a-z]` have a meaning in a pattern".into(),
            Self::UnknownRule { nearest: Some(nearest), .. } => format!("did you mean {nearest}?"),
            Self::UnknownRule { nearest: None, .. } => "`pgwarrant explain` lists the rules".into(),
            Self::GateRule { .. } => {
                "only hazard rules can be excluded; `pgwarrant explain` says which they are".into()
            }
            Self::NoSnapshot { source, .. } if source.hint().is_some() => return source.hint(),
            Self::SnapshotMissing { .. } | Self::NoSnapshot { .. } => {
                "name a file that `pgwarrant snapshot DSN -o FILE` wrote".into()
            }
            _ => return self.inner().and_then(Coded::hint),
        })
    }

    fn exit_status(&self) -> u8 {
        match self {
            Self::Unreadable { .. } | Self::SnapshotUnreadable { .. } | Self::NoSnapshot { .. } => 4,
            _ => self.inner().map_or(2, Coded::exit_status),
        }
    }

    fn facts(&self) -> Map<String, Value> {
        match self {
            Self::Missing { path }
            | Self::Unreadable { path, .. }
            | Self::NoSql { path }
            | Self::SnapshotMissing { path }
            | Self::SnapshotUnreadable { path, .. } => json!({"path": path}),
            Self::NoSnapshot { path, source } => json!({"path": path, "because": source.code()}),
            Self::NoMatch { pattern } | Self::Pattern { pattern, .. } => json!({"pattern": pattern}),
            Self::UnknownRule { slug, .. } => json!({"rule": slug}),
            Self::GateRule { slug } => json!({"rule": slug}),
            _ => return self.inner().map(Coded::facts).unwrap_or_default(),
        }
        .as_object()
        .cloned()
        .unwrap_or_default()
    }
}
