//! An inverse, and what it promises.

use serde::{Deserialize, Serialize};

use crate::catalog::{Guard, Key};

/// How truly a part is undone, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Everything is as it was.
    Exact,
    /// The statements run, and something is not as it was.
    Lossy,
    /// No statement undoes it: it stays.
    Impossible,
}

/// One change and how truly it is undone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    pub key: Key,
    /// For people: `table public.users`.
    pub name: String,
    pub verdict: Verdict,
    /// Why it is not exact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
}

/// The statements that undo a delta.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Inverse {
    /// To be run in this order, in one transaction.
    pub statements: Vec<String>,
    /// The worst of the parts.
    pub verdict: Verdict,
    pub parts: Vec<Part>,
    /// What must be empty before the first statement runs; to be checked in the same transaction.
    pub guards: Vec<Guard>,
}
