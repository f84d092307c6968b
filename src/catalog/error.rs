//! What stops a snapshot.

use serde_json::{Map, Value, json};

use super::NotCounted;
use crate::base::{Coded, Digest};
use crate::pg::PgError;

#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    #[error("the catalog could not be read: {source}")]
    Read {
        #[from]
        source: PgError,
    },
    #[error("the search_path of the session is {found}, but names come out unambiguous only under pg_catalog")]
    SearchPath { found: String },
    #[error("no transaction is open, so the catalog could change while it is read")]
    NoTransaction,
    #[error("the catalog changed each of the {tries} times it was read, for {seconds} seconds")]
    Moving { tries: u32, seconds: u64 },
    #[error("the server answered a {what} in a form this version does not know: {because}")]
    Shape { what: &'static str, because: String },
    #[error("PostgreSQL {major} is not supported: 14 to 18 are")]
    Version { major: u32 },
    #[error("the snapshot has format {found}, this version reads format {known}")]
    Format { found: String, known: u32 },
    #[error("its facts hash to {found}, not to the {stated} that it states")]
    Altered { found: Digest, stated: Digest },
    #[error("the snapshot could not be parsed: {source}")]
    Json {
        #[from]
        source: serde_json::Error,
    },
    #[error("not counted: {source}")]
    Count {
        #[from]
        source: NotCounted,
    },
}

impl Coded for CatalogError {
    fn code(&self) -> &'static str {
        match self {
            Self::Read { .. } => "catalog.read",
            Self::SearchPath { .. } => "catalog.search-path",
            Self::NoTransaction => "catalog.no-transaction",
            Self::Moving { .. } => "catalog.moving",
            Self::Shape { .. } => "catalog.shape",
            Self::Version { .. } => "catalog.version",
            Self::Format { .. } => "catalog.format",
            Self::Altered { .. } => "catalog.altered",
            Self::Json { .. } => "catalog.json",
            Self::Count { .. } => "catalog.count",
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::SearchPath { .. } => Some("pin search_path=pg_catalog when the session starts".to_owned()),
            Self::NoTransaction => Some("begin one first: REPEATABLE READ READ ONLY, or the apply itself".to_owned()),
            Self::Moving { .. } => Some("try again when nobody else changes the schema".to_owned()),
            Self::Altered { .. } => Some("take the snapshot again: this one was changed after it was saved".to_owned()),
            Self::Format { .. } => {
                Some("take the snapshot again, or read it with the version that wrote it".to_owned())
            }
            _ => None,
        }
    }

    fn facts(&self) -> Map<String, Value> {
        let facts = match self {
            Self::SearchPath { found } => json!({ "found": found }),
            Self::Moving { tries, seconds } => json!({ "tries": tries, "seconds": seconds }),
            Self::Shape { what, .. } => json!({ "what": what }),
            Self::Version { major } => json!({ "major": major }),
            Self::Format { found, known } => json!({ "found": found, "known": known }),
            Self::Altered { found, stated } => json!({ "found": found, "stated": stated }),
            _ => Value::Null,
        };
        if let Value::Object(map) = facts { map } else { Map::new() }
    }
}
