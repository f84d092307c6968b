//! Authorised and the target, to an outcome: one transaction, verified before COMMIT. Everything is read again here;
//! nothing that another phase or another language says is taken on trust.

pub mod archive;
pub mod backup;
pub mod dossier;
pub mod elsewhere;
pub mod error;
mod gate;
pub mod outcome;
mod prove;
pub mod queue;
pub mod record;
pub mod recovery;
pub mod report;
mod resolution;
pub mod run;
mod target_ledger;
mod transaction;
mod unguarded;
pub mod verify;
pub mod witness;

pub use dossier::Dossier;
pub use error::ApplyError;
pub use record::{Execution, RunOutcome};
pub use run::{Request, execute};

/// A delta that cannot be read is a package that cannot be relied on.
fn delta_error(failure: &crate::delta::DeltaError) -> ApplyError {
    ApplyError::Package(crate::package::PackageError::Manifest { problem: format!("delta.json: {failure}") })
}
