//! The dry run: the change applied, undone and applied again on a throw-away cluster that is proven not to be the
//! target, with everything it did measured.

pub mod base;
pub mod dry_run;
pub mod error;
pub mod statements;

use serde::{Deserialize, Serialize};

use crate::base::{Check, Digest, Interrupt, LockMode, Outcome, ServerVersion};
use crate::catalog::NotCovered;
use crate::cluster::Discovery;
use crate::delta::Delta;
use crate::inverse::Inverse;
use crate::pg::Environment;
use crate::rows::ValueChange;

pub use dry_run::dry_run;
pub use error::RehearsalError;
pub use statements::{RowEffect, StatementRecord};

pub const FORMAT: u32 = 1;

/// What the dry run stands on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Base {
    /// An empty database and the scaffold.
    #[default]
    Structural,
    /// The target's schema, and the rows of the tables that matter, dumped and restored.
    Restored,
}

/// What a dry run needs besides the change.
pub struct Options<'a> {
    pub major: Option<u32>,
    pub base: Base,
    /// Needed for a restored base; for a structural one it only serves to prove that the cluster is another one.
    pub target: Option<&'a str>,
    /// The role to run as; by default the first the contract names.
    pub role: Option<&'a str>,
    pub discovery: &'a Discovery,
    pub environment: &'a Environment,
    pub interrupt: &'a Interrupt,
}

/// The throw-away cluster, as it proved itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClusterFacts {
    pub server_version: String,
    pub server_version_num: ServerVersion,
    pub system_identifier: String,
    pub listen_addresses: String,
    /// What a TCP connection answered.
    pub tcp_probe: String,
    pub runs_as: String,
    /// True when neither process nor folder is left.
    pub removed: bool,
}

/// A lock of the whole change: which statement took it, and how long it was held until the end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LockSpan {
    pub on: String,
    pub kind: String,
    pub mode: LockMode,
    pub blocks: String,
    pub from_statement: usize,
    /// In the dry run; on the target it depends on the rows.
    pub held_ms: f64,
}

/// Fingerprints of forward, back and forward again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    pub before: Digest,
    pub after: Digest,
    pub undone: Option<Digest>,
    pub redone: Option<Digest>,
}

/// Everything the dry run measured (`dry_run.json`).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DryRun {
    pub format: u32,
    pub outcome: Outcome,
    pub base: Base,
    pub started_at: String,
    pub finished_at: String,
    pub duration_ms: f64,
    pub role: String,
    pub cluster: ClusterFacts,
    pub checks: Vec<Check>,
    pub statements: Vec<StatementRecord>,
    pub locks: Vec<LockSpan>,
    /// With a placeholder for the role that ran it.
    pub delta: Delta,
    pub inverse: Inverse,
    /// The script that undoes it: the hand-written one, or the synthesised.
    pub rollback: String,
    pub rollback_by_hand: bool,
    /// What the rollback changes, with a placeholder for the role: a rollback on the target has to show the same.
    pub undo: Delta,
    pub proof: Proof,
    pub rows: Vec<RowEffect>,
    pub values: Vec<ValueChange>,
    pub not_covered: Vec<NotCovered>,
}
