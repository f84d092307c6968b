//! What is wrong with a change as a whole.

use serde_json::{Map, Value, json};

use crate::base::Coded;
use crate::contract::ContractError;
use crate::script::ScriptError;
use crate::sql::SqlError;

#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    #[error("the change has no {file}")]
    Missing { file: &'static str },
    #[error("{file} is not a file of a change")]
    Unknown { file: String },
    #[error("{file} holds {found} statements, more than {most}")]
    TooMany { file: &'static str, found: usize, most: usize },
    #[error("{file}: {source}")]
    Script { file: &'static str, source: ScriptError },
    #[error("{file} line {line}: {source}")]
    Sql { file: &'static str, line: usize, source: SqlError },
    #[error("change.contract: {source}")]
    Contract { source: ContractError },
    #[error("{file} line {line}: {problem}")]
    Forbidden { file: &'static str, line: usize, problem: String },
}

impl ChangeError {
    fn inner(&self) -> Option<&dyn Coded> {
        Some(match self {
            Self::Script { source, .. } => source,
            Self::Sql { source, .. } => source,
            Self::Contract { source } => source,
            _ => return None,
        })
    }
}

impl Coded for ChangeError {
    fn code(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "change.missing-file",
            Self::Unknown { .. } => "change.unknown-file",
            Self::Forbidden { .. } => "change.forbidden",
            Self::TooMany { .. } => "change.too-many-statements",
            Self::Script { source, .. } => source.code(),
            Self::Sql { source, .. } => source.code(),
            Self::Contract { source } => source.code(),
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Missing { .. } => {
                "a change is a folder with change.sql and change.contract; `pgwarrant init NAME` makes one".into()
            }
            Self::Unknown { .. } => "a change holds change.sql, change.contract, rollback.sql and scaffold.sql".into(),
            Self::TooMany { .. } => "cut it into changes that a person can review one by one".into(),
            Self::Forbidden { .. } => "leave rollback.sql out and the inverse is synthesised".into(),
            _ => return self.inner().and_then(Coded::hint),
        })
    }

    fn exit_status(&self) -> u8 {
        match self {
            Self::Missing { .. } | Self::Unknown { .. } => 2,
            Self::Forbidden { .. } | Self::TooMany { .. } => 3,
            _ => self.inner().map_or(4, Coded::exit_status),
        }
    }

    fn facts(&self) -> Map<String, Value> {
        match self {
            Self::Missing { file } => json!({"file": file}),
            Self::Forbidden { file, line, .. } => json!({"file": file, "line": line}),
            _ => return self.inner().map(Coded::facts).unwrap_or_default(),
        }
        .as_object()
        .cloned()
        .unwrap_or_default()
    }
}
