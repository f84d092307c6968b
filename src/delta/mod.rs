//! Two snapshots to the ordered changes between them. This room names no kind: it compares whatever facts there are.

pub mod between;
pub mod change;
pub mod dependencies;
pub mod error;
pub mod renamed;
pub mod text;

pub use between::{Differing, are_all, differing};
pub use change::{Change, Delta, Field, Form, Tally};
pub use dependencies::Need;
pub use error::DeltaError;
pub use renamed::Renamed;
