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

impl Inverse {
    /// Says of an object what neither snapshot shows.
    pub fn say(&mut self, key: &Key, verdict: Verdict, because: &str) {
        let at = self.parts.binary_search_by(|part| part.key.cmp(key)).unwrap_or_else(|at| {
            let (key, name) = (key.clone(), key.to_string());
            self.parts.insert(at, Part { key, name, verdict, because: None });
            at
        });
        let part = &mut self.parts[at];
        part.verdict = part.verdict.max(verdict);
        part.because = Some(part.because.iter().map(String::as_str).chain([because]).collect::<Vec<_>>().join("; "));
        self.verdict = self.verdict.max(verdict);
    }
}
