//! Evidence: checks that were made, and findings of faults. Both are data, never exceptions.

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{LockMode, Place, Span};

/// The result of one check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Outcome {
    Pass,
    Fail,
    /// The check lacked its input. Never counted as clean.
    NotRun,
}

/// One check: what was expected, what was observed, and the result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// The reviewer's own id (`P-5`, `V-14e`) or a given one.
    pub id: String,
    /// What is checked, in words.
    pub check: String,
    pub expected: String,
    pub observed: String,
    pub result: Outcome,
    /// Why it was not run, or what the observation means.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
}

impl Check {
    /// A check decided by equality of expectation and observation.
    pub fn equal(
        id: impl Into<String>,
        check: impl Into<String>,
        expected: impl ToString,
        observed: impl ToString,
    ) -> Self {
        let (expected, observed) = (expected.to_string(), observed.to_string());
        let result = if expected == observed { Outcome::Pass } else { Outcome::Fail };
        Self { id: id.into(), check: check.into(), expected, observed, result, because: None }
    }

    /// A check decided by the caller.
    pub fn decided(
        id: impl Into<String>,
        check: impl Into<String>,
        expected: impl ToString,
        observed: impl ToString,
        holds: bool,
    ) -> Self {
        let result = if holds { Outcome::Pass } else { Outcome::Fail };
        Self {
            id: id.into(),
            check: check.into(),
            expected: expected.to_string(),
            observed: observed.to_string(),
            result,
            because: None,
        }
    }

    /// A check that could not be made, and why.
    pub fn not_run(
        id: impl Into<String>,
        check: impl Into<String>,
        expected: impl ToString,
        because: impl Into<String>,
    ) -> Self {
        Self {
            id: id.into(),
            check: check.into(),
            expected: expected.to_string(),
            observed: "not observed".to_owned(),
            result: Outcome::NotRun,
            because: Some(because.into()),
        }
    }

    /// The same check with an explanation attached.
    #[must_use]
    pub fn because(mut self, why: impl Into<String>) -> Self {
        self.because = Some(why.into());
        self
    }

    pub fn passed(&self) -> bool {
        self.result == Outcome::Pass
    }
}

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// A hazard a reviewer has to weigh.
    Warning,
    /// The change is refused as it stands.
    Error,
}

/// A fault found by a check.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// The rule's one name: folder, configuration key and `explain` argument.
    pub rule: Cow<'static, str>,
    pub severity: Severity,
    /// Which file of the change.
    pub file: Arc<str>,
    /// Byte span in that file, where the fault has a place.
    pub span: Option<Span>,
    /// Line and column (1-based) of the span's start.
    pub place: Option<Place>,
    /// The number of the statement, from 0, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<usize>,
    /// What happened, to which object, and why it matters.
    pub message: String,
    /// The one thing to do.
    pub instruction: Cow<'static, str>,
    /// The lock taken and the table it is taken on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lock: Option<FindingLock>,
    /// The author's reason, where an inline comment suppresses the finding. Shown in REVIEW.md.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suppressed: Option<String>,
    /// Typed details.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub facts: Map<String, Value>,
}

/// The lock behind a finding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FindingLock {
    pub mode: LockMode,
    pub on: String,
    pub blocks: Cow<'static, str>,
}
