//! A statement that cannot be understood, and is therefore refused.

use serde_json::{Map, Value, json};

use crate::base::Coded;

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SqlError {
    #[error("PostgreSQL's parser refuses the statement: {message}")]
    Unparsable { message: String },
    #[error("the statement is nested too deep to be inspected")]
    TooDeep,
    #[error("the text holds no statement")]
    NoStatement,
    #[error("the text holds {count} statements where one is expected")]
    SeveralStatements { count: usize },
    #[error("the statement means something else where standard_conforming_strings is off")]
    StringSyntax,
    #[error("the statement is of a kind this version does not know: {kind}")]
    UnknownKind { kind: String },
    #[error("the thread that parses could not be started: {reason}")]
    Thread { reason: String },
}

impl Coded for SqlError {
    fn code(&self) -> &'static str {
        match self {
            Self::Unparsable { .. } => "sql.unparsable",
            Self::TooDeep => "sql.too-deep",
            Self::NoStatement => "sql.no-statement",
            Self::SeveralStatements { .. } => "sql.several-statements",
            Self::StringSyntax => "sql.string-syntax",
            Self::UnknownKind { .. } => "sql.unknown-kind",
            Self::Thread { .. } => "sql.thread",
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Unparsable { .. } => "correct the statement; what cannot be parsed is never run",
            Self::TooDeep => "break the expression up: what cannot be inspected is never run",
            Self::NoStatement => "remove the stray semicolon",
            Self::SeveralStatements { .. } => {
                "psql and the server disagree on where this statement ends: look at its \
                                               quotes and end every statement with its own semicolon"
            }
            Self::StringSyntax => {
                "write strings with backslashes as E'...' or dollar quotes, so that every setting of \
                                   the server reads them the same"
            }
            Self::UnknownKind { .. } => "leave the statement out, or report it",
            Self::Thread { .. } => "free some memory and try again",
        };
        Some(hint.to_owned())
    }

    fn facts(&self) -> Map<String, Value> {
        let mut facts = Map::new();
        match self {
            Self::Unparsable { message } => facts.insert("message".to_owned(), json!(message)),
            Self::SeveralStatements { count } => facts.insert("count".to_owned(), json!(count)),
            Self::UnknownKind { kind } => facts.insert("kind".to_owned(), json!(kind)),
            _ => None,
        };
        facts
    }
}
