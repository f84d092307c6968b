//! What keeps a question about rows from being answered.

use serde_json::{Map, Value, json};

use crate::base::Coded;
use crate::pg::PgError;

#[derive(Debug, thiserror::Error)]
pub enum RowsError {
    #[error("\"{question}\" could not be answered: {source}")]
    Question { question: String, source: PgError },
    #[error("the package says a rollback would drop {what}, which the catalog does not hold like that")]
    UnknownGuard { what: String },
    #[error(transparent)]
    Pg(#[from] PgError),
}

impl Coded for RowsError {
    fn code(&self) -> &'static str {
        match self {
            Self::Question { source: PgError::Server { .. }, .. } => "rows.question",
            Self::UnknownGuard { .. } => "rows.unknown-guard",
            Self::Question { source, .. } | Self::Pg(source) => source.code(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Question { source: PgError::Server { .. }, .. } => {
                Some("compare a column with a literal of its own type".into())
            }
            Self::UnknownGuard { .. } => Some("dry-run the change again and make a new package".into()),
            Self::Question { source, .. } | Self::Pg(source) => source.hint(),
        }
    }

    fn exit_status(&self) -> u8 {
        match self {
            Self::UnknownGuard { .. } => 3,
            Self::Question { source, .. } | Self::Pg(source) => source.exit_status(),
        }
    }

    fn facts(&self) -> Map<String, Value> {
        match self {
            Self::Question { question, source } => {
                let mut facts = source.facts();
                facts.insert("question".into(), json!(question));
                facts
            }
            Self::UnknownGuard { what } => Map::from_iter([("what".to_owned(), json!(what))]),
            Self::Pg(source) => source.facts(),
        }
    }
}
