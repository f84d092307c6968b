//! What keeps a look at the target from being taken.

use serde_json::{Map, Value};

use crate::base::Coded;
use crate::catalog::CatalogError;
use crate::pg::PgError;
use crate::rows::RowsError;

#[derive(Debug, thiserror::Error)]
pub enum PreflightError {
    #[error(transparent)]
    Pg(#[from] PgError),
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    #[error(transparent)]
    Rows(#[from] RowsError),
}

impl PreflightError {
    fn inner(&self) -> &dyn Coded {
        match self {
            Self::Pg(inner) => inner,
            Self::Catalog(inner) => inner,
            Self::Rows(inner) => inner,
        }
    }
}

impl Coded for PreflightError {
    fn code(&self) -> &'static str {
        self.inner().code()
    }

    fn hint(&self) -> Option<String> {
        self.inner().hint()
    }

    fn exit_status(&self) -> u8 {
        self.inner().exit_status()
    }

    fn facts(&self) -> Map<String, Value> {
        self.inner().facts()
    }
}
