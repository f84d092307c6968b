//! Statements and a contract to findings, without any database. *Gate* rules say what is forbidden unless the contract
//! allows it; *hazard* rules say what a change does to those who use the database meanwhile. What only a server can
//! tell (what a name resolves to, which triggers fire) is not claimed here: the
//! report says so under `not_covered`.

mod case;
mod columns;
mod history;
pub mod known;
mod report;
pub mod rules;
mod suppression;

pub use case::{Case, Classified, Context, Found};
pub use known::Known;
pub use report::{CheckReport, CheckedScript, CheckedStatement, check};
pub use rules::{Family, Rule, explain, rules};
