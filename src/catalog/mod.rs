//! A live database to a snapshot of its whole catalog, and the statements that make, drop and alter each kind.
//!
//! A kind of object is one folder under `kinds/` (struct, query, DDL) and one line in `kinds::ALL`.

pub mod again;
mod alike;
pub mod attributes;
pub mod catalogs;
mod closing;
pub mod count;
pub mod ddl;
pub mod error;
pub mod expression;
pub mod facts;
pub mod fields;
pub mod foreign;
mod gathered;
mod index_rows;
pub mod instant;
pub mod key;
pub mod kinds;
pub mod not_covered;
pub mod noun;
pub mod object;
pub mod objects;
mod opening;
pub mod reader;
pub mod rows;
pub mod snapshot;
pub mod spelling;
pub mod system;
pub mod volatile;
mod written;

pub use again::Basis;
pub use catalogs::Catalog;
pub use count::NotCounted;
pub use ddl::Guard;
pub use error::CatalogError;
pub use facts::Facts;
pub use key::{Key, Path};
pub use kinds::Kind;
pub use not_covered::NotCovered;
pub use noun::{Noun, Scope};
pub use object::{Grant, Object, PUBLIC};
pub use objects::Objects;
pub use snapshot::Snapshot;
pub(crate) use snapshot::digest_of;
pub use volatile::{Address, Dependency, Tie, Volatile};
