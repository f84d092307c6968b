//! A delta to the statements that undo it, with an honest verdict for each part. This room names no kind: what can be
//! said about one object is said by its kind, here it is put in order.
//!
//! Never CASCADE: every object is named, in reverse order of dependency.

mod calls;
mod graph;
mod left;
mod loose;
mod order;
mod plan;
mod rename;
mod respell;
mod script;
mod verdict;
mod write;

pub mod error;

pub use error::InverseError;
pub use left::Loss;
pub use verdict::{Inverse, Part, Verdict};
