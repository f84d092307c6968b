//! What stops a snapshot.

use crate::base::Coded;
use crate::pg::PgError;

#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    #[error("the catalog could not be read: {source}")]
    Read {
        #[from]
        source: PgError,
    },
}

impl Coded for CatalogError {
    fn code(&self) -> &'static str {
        match self {
            Self::Read { .. } => "catalog.read",
        }
    }
}
