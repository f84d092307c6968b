//! The record of a run (`execution.json`): only what was measured.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::backup::Evidence;
use super::outcome::{Fate, TransactionId};
use super::witness::Witness;
use crate::base::{Check, Digest};
use crate::delta::Delta;
use crate::pg::Identity;
use crate::rehearsal::statements::{RowEffect, StatementRecord};
use crate::rows::ValueChange;
use crate::rows::guards::Guarded;
use crate::warrant::{Operation, Signer, Warrant};

pub const FORMAT: u32 = 1;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RunOutcome {
    /// Committed, and verified on a fresh connection.
    Pass,
    /// Committed, and the verification on a fresh connection does not hold.
    Fail,
    /// Nothing was changed, and someone has to decide.
    Blocked,
    /// Everything ran, a verification before COMMIT did not hold, and the transaction was rolled back.
    RolledBack,
}

/// The warrant a run stood on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authority {
    pub digest: Digest,
    #[serde(flatten)]
    pub warrant: Warrant,
    pub signers: Vec<Signer>,
    pub trust_root_sha256: Digest,
    pub policy_sha256: Option<Digest>,
    /// True where the applying account could itself have written the trust root.
    pub same_account: bool,
}

/// The catalog's fingerprints around a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprints {
    /// What the warrant was signed on.
    pub signed: Digest,
    /// Inside the transaction, before the first statement.
    pub before: Digest,
    /// Inside the transaction, after the last one.
    pub after: Option<Digest>,
    /// On a fresh connection, when all was over.
    pub afterwards: Option<Digest>,
}

/// The transaction and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransactionRecord {
    pub xid: TransactionId,
    pub outcome: Fate,
    /// How the outcome is known.
    pub evidence: String,
}

/// The statement that the server refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunError {
    pub sqlstate: String,
    pub message: String,
    pub detail: Option<String>,
    pub hint: Option<String>,
    pub statement: usize,
    pub line: usize,
    pub text: String,
}

/// One artefact of the chain of custody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artefact {
    pub artefact: String,
    /// Relative to the package.
    pub path: String,
    pub size: u64,
    pub sha256: Digest,
}

/// Something that stays uncertain, and why it is bearable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Risk {
    pub id: String,
    pub risk: String,
    pub mitigation: String,
}

/// An object that the run created.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Created {
    pub kind: String,
    pub name: String,
    pub facts: Value,
}

/// Whether a rollback took place, and why (not).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RollbackStatus {
    pub executed: bool,
    pub why: String,
}

/// Everything about one run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Execution {
    pub format: u32,
    pub operation: Operation,
    pub outcome: RunOutcome,
    pub started_at: String,
    pub finished_at: String,
    pub duration_ms: f64,
    /// The run's folder, relative to the package.
    pub run: String,
    pub package: Digest,
    pub change: String,
    pub warrant: Authority,
    pub target: Identity,
    /// Gates before the first statement, and the verification before COMMIT.
    pub checks: Vec<Check>,
    pub backup: Evidence,
    pub statements: Vec<StatementRecord>,
    pub expected_delta: Digest,
    pub delta: Option<Delta>,
    pub fingerprints: Fingerprints,
    pub witness: Option<Witness>,
    pub transaction: TransactionRecord,
    /// On a fresh connection, afterwards.
    pub verification: Vec<Check>,
    pub created: Vec<Created>,
    /// What was confirmed not to have happened.
    pub non_scope: Vec<Check>,
    pub rows: Vec<RowEffect>,
    pub values: Vec<ValueChange>,
    /// What a rollback would drop, as it was right after the change.
    pub guarded: Vec<Guarded>,
    pub error: Option<RunError>,
    pub rollback: RollbackStatus,
    pub not_covered: Vec<crate::catalog::NotCovered>,
    pub residual_risks: Vec<Risk>,
    /// The journal's last hash: printed in the report, it anchors the chain outside the journal.
    pub journal_head: Digest,
    pub custody: Vec<Artefact>,
    pub non_execution: Option<String>,
    pub next_step: String,
}

impl Execution {
    /// Which exit status the outcome means to a shell.
    pub fn exit_status(&self) -> u8 {
        match self.outcome {
            RunOutcome::Pass => 0,
            RunOutcome::Fail => 1,
            RunOutcome::Blocked | RunOutcome::RolledBack => 3,
        }
    }
}
