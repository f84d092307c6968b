//! The sum of the rooms' errors: what a caller of the whole library sees.

use serde_json::{Map, Value};

use crate::base::Coded;

macro_rules! sum {
    ($($room:ident($error:path)),+ $(,)?) => {
        /// Any room's error. Its code begins with the room's name.
        #[derive(Debug, thiserror::Error)]
        pub enum Error {
            $(#[error(transparent)] $room(#[from] $error),)+
        }

        impl Error {
            fn inner(&self) -> &dyn Coded {
                match self {
                    $(Self::$room(inner) => inner,)+
                }
            }
        }
    };
}

sum! {
    Script(crate::script::ScriptError),
    Sql(crate::sql::SqlError),
    Pg(crate::pg::PgError),
    Catalog(crate::catalog::CatalogError),
    Delta(crate::delta::DeltaError),
    Contract(crate::contract::ContractError),
    Change(crate::change::ChangeError),
    Inverse(crate::inverse::InverseError),
    Cluster(crate::cluster::ClusterError),
    Rows(crate::rows::RowsError),
    Rehearsal(crate::rehearsal::RehearsalError),
    Preflight(crate::preflight::PreflightError),
    Package(crate::package::PackageError),
    Warrant(crate::warrant::WarrantError),
    Journal(crate::journal::JournalError),
    Apply(crate::apply::ApplyError),
}

impl Coded for Error {
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
