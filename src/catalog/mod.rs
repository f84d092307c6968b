//! A live database to a snapshot of its whole catalog.

pub mod error;
pub mod key;
pub mod noun;
pub mod snapshot;

pub use error::CatalogError;
pub use key::Key;
pub use noun::{Noun, Scope};
pub use snapshot::{NotCovered, Object, Snapshot};
