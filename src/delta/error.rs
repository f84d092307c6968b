//! What stops a delta from being hashed or read.

use crate::base::Coded;

#[derive(Debug, thiserror::Error)]
pub enum DeltaError {
    #[error("the delta could not be written or read as JSON: {source}")]
    Json {
        #[from]
        source: serde_json::Error,
    },
    #[error("the delta has format {found}, this version reads format {known}")]
    Format { found: u32, known: u32 },
}

impl Coded for DeltaError {
    fn code(&self) -> &'static str {
        match self {
            Self::Json { .. } => "delta.json",
            Self::Format { .. } => "delta.format",
        }
    }
}
