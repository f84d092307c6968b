//! Statements and a contract to findings, without any database. *Gate* rules say what is forbidden unless the contract
//! allows it; *hazard* rules say what a change does to those who use the database meanwhile. What only a server can
//! tell (what a name resolves to, which triggers fire) is not claimed here: the
//! report says so under `not_covered`.

mod batch;
mod case;
mod columns;
pub mod error;
mod excerpt;
mod history;
mod inputs;
pub mod known;
mod report;
pub mod rules;
mod suppression;

pub use batch::{Batch, Exclusions, Options, Show, Summary, check_all};
pub use case::{Case, Classified, Context, Found};
pub use error::ChecksError;
pub use excerpt::Region;
pub use inputs::{Input, Refused, expand};
pub use known::Known;
pub use report::{CheckReport, CheckedScript, CheckedStatement, check};
pub use rules::{Family, Rule, explain, rules};
