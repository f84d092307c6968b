//! Words everyone uses. This room knows no database, no script and no phase.

pub mod canonical;
pub mod clock;
pub mod coded;
pub mod cores;
pub mod digest;
pub mod evidence;
pub mod file;
pub mod ident;
pub mod interrupt;
pub mod keeper;
pub mod lock;
pub mod span;
pub mod version;

pub use coded::Coded;
pub use cores::{both, over_all_cores};
pub use digest::Digest;
pub use evidence::{Check, Finding, Outcome, Severity};
pub use ident::{QualifiedName, quote_ident, quote_literal, split_names};
pub use interrupt::Interrupt;
pub use lock::LockMode;
pub use span::{LineMap, Place, Span};
pub use version::ServerVersion;
