//! The contract: what a change may do, what must hold before it and what must hold after it. A closed vocabulary of
//! catalog facts and row facts that a reviewer can read aloud; signing it is safe because it can express no SQL.
//! This room reads and evaluates; it asks no database (docs/contract.md describes the language).

pub mod allow;
mod closed;
pub mod draft;
pub mod error;
pub mod evaluate;
mod grammar;
pub mod model;
pub mod predicate;
mod read;
pub mod rows;
mod tags;

pub use draft::draft;
pub use error::ContractError;
pub use evaluate::{After, Judged};
pub use model::{
    Allow, AllowedTag, Bound, Comparator, Condition, Contract, Expectation, Line, Permission, State, Target,
    ValuesExpectation, Within,
};
pub use predicate::{Literal, Operator, Predicate};
pub use rows::{Answer, RowAnswers, RowQuestion, Spread, ValueChange};
