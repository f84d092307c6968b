//! What stops an inverse from being made.

use crate::base::Coded;

#[derive(Debug, thiserror::Error)]
pub enum InverseError {
    #[error("the delta is not the one between the two snapshots")]
    OtherDelta,
    #[error("no order of statements undoes the change: {keys} depend on each other")]
    Circle { keys: String },
    #[error("nothing is known about the kind {kind}")]
    Kind { kind: String },
}

impl Coded for InverseError {
    fn code(&self) -> &'static str {
        match self {
            Self::OtherDelta => "inverse.other-delta",
            Self::Circle { .. } => "inverse.circle",
            Self::Kind { .. } => "inverse.kind",
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Circle { .. } => Some("write rollback.sql by hand".to_owned()),
            _ => None,
        }
    }
}
