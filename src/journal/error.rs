//! What is wrong with a journal.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::base::Coded;

#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    #[error("{action} the journal {path}: {source}")]
    Io { action: &'static str, path: PathBuf, source: std::io::Error },
    #[error("the journal {path} holds no entry")]
    Empty { path: PathBuf },
    #[error("the journal {path} is broken at line {line}: {problem}")]
    ChainBroken { path: PathBuf, line: usize, problem: String },
    #[error("the journal {path} is being written by another process")]
    Busy { path: PathBuf },
    #[error("the journal {path} ends in half an entry that could not be taken back")]
    Torn { path: PathBuf },
    #[error("an entry could not be encoded: {source}")]
    Encode { source: serde_json::Error },
}

impl JournalError {
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }
}

impl Coded for JournalError {
    fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } => "journal.io",
            Self::Empty { .. } => "journal.empty",
            Self::ChainBroken { .. } => "journal.chain-broken",
            Self::Busy { .. } => "journal.busy",
            Self::Torn { .. } => "journal.torn",
            Self::Encode { .. } => "journal.encode",
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Busy { .. } => "the run is not over: wait for it".into(),
            Self::Io { .. } | Self::Torn { .. } => {
                "what cannot be recorded is not done: make the folder writable and free some space".into()
            }
            Self::Empty { .. } => "the run ended before it did anything".into(),
            Self::ChainBroken { .. } => "someone edited the record: compare with the head hash in the report".into(),
            Self::Encode { .. } => return None,
        })
    }

    fn exit_status(&self) -> u8 {
        if matches!(self, Self::ChainBroken { .. } | Self::Busy { .. }) { 3 } else { 4 }
    }

    fn facts(&self) -> Map<String, Value> {
        match self {
            Self::ChainBroken { line, problem, .. } => json!({"line": line, "problem": problem}),
            _ => Value::Null,
        }
        .as_object()
        .cloned()
        .unwrap_or_default()
    }
}
