//! Why a run was refused, or could not be brought to an end. A refusal comes before the first statement: nothing was
//! changed.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::queue::InTheWay;
use crate::base::{Check, Coded};
use crate::catalog::CatalogError;
use crate::change::ChangeError;
use crate::cluster::ClusterError;
use crate::delta::Delta;
use crate::journal::JournalError;
use crate::package::PackageError;
use crate::pg::{PgError, Transport};
use crate::rehearsal::RehearsalError;
use crate::rows::RowsError;
use crate::warrant::WarrantError;

#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    #[error("the package's {phase} did not pass")]
    PhaseNotPassed { phase: &'static str },
    #[error("the script no longer passes the static checks: {problem}")]
    CheckFailed { problem: String },
    #[error("the connection does not prove the server ({transport:?})")]
    Transport { transport: Transport },
    #[error("this is not the target that was signed: {field} is {found}, not {signed}")]
    OtherTarget { field: &'static str, signed: String, found: String },
    #[error("the session runs as {found}, not as {signed}")]
    OtherRole { signed: String, found: String },
    #[error("the target's ledger of used nonces cannot be relied on: {problem}")]
    TargetLedger { problem: String },
    #[error("a pooler stands between us and the server: {problem}")]
    Pooled { problem: String },
    #[error("the target is a standby")]
    Standby,
    #[error("the target only allows reading")]
    ReadOnly,
    #[error("another run holds the lock of this database")]
    Locked,
    #[error("others are in the way: {}", .others.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    InTheWay { others: Vec<InTheWay> },
    #[error("the catalog changed since it was looked at: {changes} differences")]
    Drift { changes: usize, delta: Box<Delta> },
    #[error("{failed} of the conditions before the change do not hold")]
    Before { failed: usize, checks: Vec<Check> },
    #[error("there is no backup: {problem}")]
    NoBackup { problem: String },
    #[error("the backup is too old: {observed}, {expected} is allowed")]
    OldBackup { observed: String, expected: String },
    #[error("the backup cannot be relied on: {problem}")]
    Backup { problem: String },
    #[error("nothing was applied that could be rolled back")]
    NothingApplied,
    #[error("the change was applied already by the run {run}")]
    AppliedAlready { run: String },
    #[error("the run {run} has no known outcome yet: {problem}")]
    Unresolved { run: String, problem: String },
    #[error("the run {run} was committed, and its record could not be written: {source}")]
    Unrecorded { run: String, source: Box<ApplyError> },
    #[error("{action} {path}: {source}")]
    Io { action: &'static str, path: PathBuf, source: std::io::Error },
    #[error("a record could not be written: {source}")]
    Encode { source: serde_json::Error },
    #[error(transparent)]
    Change(#[from] ChangeError),
    #[error(transparent)]
    Package(#[from] PackageError),
    #[error(transparent)]
    Warrant(#[from] WarrantError),
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(transparent)]
    Pg(#[from] PgError),
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    #[error(transparent)]
    Rehearsal(#[from] RehearsalError),
    #[error(transparent)]
    Rows(#[from] RowsError),
}

impl ApplyError {
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }

    pub(super) fn encode(source: serde_json::Error) -> Self {
        Self::Encode { source }
    }

    /// The room's error inside, where this only passes one on.
    fn inner(&self) -> Option<&dyn Coded> {
        Some(match self {
            Self::Change(inner) => inner,
            Self::Package(inner) => inner,
            Self::Warrant(inner) => inner,
            Self::Journal(inner) => inner,
            Self::Pg(inner) => inner,
            Self::Catalog(inner) => inner,
            Self::Cluster(inner) => inner,
            Self::Rehearsal(inner) => inner,
            Self::Rows(inner) => inner,
            _ => return None,
        })
    }
}

impl Coded for ApplyError {
    fn code(&self) -> &'static str {
        match self {
            Self::PhaseNotPassed { .. } => "apply.phase-not-passed",
            Self::CheckFailed { .. } => "apply.check-failed",
            Self::Transport { .. } => "apply.unproven-transport",
            Self::OtherTarget { .. } => "apply.other-target",
            Self::OtherRole { .. } => "apply.other-role",
            Self::TargetLedger { .. } => "apply.target-ledger",
            Self::Pooled { .. } => "apply.pooled",
            Self::Standby => "apply.standby",
            Self::ReadOnly => "apply.read-only",
            Self::Locked => "apply.locked",
            Self::InTheWay { .. } => "apply.in-the-way",
            Self::Drift { .. } => "apply.drift",
            Self::Before { .. } => "apply.before",
            Self::NoBackup { .. } => "apply.no-backup",
            Self::OldBackup { .. } => "apply.old-backup",
            Self::Backup { .. } => "apply.backup",
            Self::NothingApplied => "apply.nothing-applied",
            Self::AppliedAlready { .. } => "apply.applied-already",
            Self::Unresolved { .. } => "apply.unresolved",
            Self::Unrecorded { .. } => "apply.unrecorded",
            Self::Io { .. } => "apply.io",
            Self::Encode { .. } => "apply.encode",
            Self::Change(inner) => inner.code(),
            Self::Package(inner) => inner.code(),
            Self::Warrant(inner) => inner.code(),
            Self::Journal(inner) => inner.code(),
            Self::Pg(inner) => inner.code(),
            Self::Catalog(inner) => inner.code(),
            Self::Cluster(inner) => inner.code(),
            Self::Rehearsal(inner) => inner.code(),
            Self::Rows(inner) => inner.code(),
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::PhaseNotPassed { .. } | Self::CheckFailed { .. } => "mend the change and make a new package".into(),
            Self::Transport { .. } => "connect with sslmode=verify-full or over a Unix socket".into(),
            Self::OtherTarget { field: "timeline" | "server start" | "server marker", .. } => {
                "it was restarted, promoted or exchanged since somebody looked: `pgwarrant sign PACKAGE --target DSN` looks \
                 again; a site that names its servers (cluster_name) can restart them without that"
                    .into()
            }
            Self::TargetLedger { .. } => "install examples/ledger, and grant the applying role SELECT and INSERT".into(),
            Self::Pooled { .. } => "connect to the server itself, or to a pooler that gives each session a server".into(),
            Self::OtherTarget { .. } => "check the connection string; a package is good for one database only".into(),
            Self::OtherRole { .. } => "log in as the role the warrant names; SET ROLE is not used".into(),
            Self::Standby => "connect to the primary (target_session_attrs=primary)".into(),
            Self::ReadOnly => "find out who made the target read-only, and why".into(),
            Self::Locked => "wait for the other run to end".into(),
            Self::InTheWay { .. } => {
                "nothing was locked and the decision is still good: try again when they are done, or have them end".into()
            }
            Self::Drift { .. } => "make a new preflight and a new package, and have it reviewed".into(),
            Self::Before { .. } => "the contract's before section says what must hold".into(),
            Self::NoBackup { .. } | Self::OldBackup { .. } | Self::Backup { .. } => {
                "take one with `pgwarrant backup PACKAGE --target DSN`, or leave --backup out and the apply takes it"
                    .into()
            }
            Self::NothingApplied => "a rollback undoes a run of this package that passed".into(),
            Self::AppliedAlready { .. } => "`pgwarrant status PACKAGE` shows what was done".into(),
            Self::Unresolved { .. } => {
                "`pgwarrant status PACKAGE --target DSN` resolves it once the server answers".into()
            }
            Self::Unrecorded { .. } => {
                "it stands: free some space, and `pgwarrant status PACKAGE --target DSN` says so".into()
            }
            _ => return self.inner().and_then(Coded::hint),
        })
    }

    fn exit_status(&self) -> u8 {
        match self {
            Self::Unresolved { .. } | Self::Unrecorded { .. } => 5,
            Self::Io { .. } | Self::Encode { .. } => 4,
            _ => self.inner().map_or(3, Coded::exit_status),
        }
    }

    fn facts(&self) -> Map<String, Value> {
        match self {
            Self::OtherTarget { field, signed, found } => json!({"field": field, "signed": signed, "found": found}),
            Self::OtherRole { signed, found } => json!({"signed": signed, "found": found}),
            Self::InTheWay { others } => json!({"others": others}),
            Self::Drift { changes, delta } => json!({"changes": changes, "delta": delta}),
            Self::Before { checks, .. } => json!({"checks": checks}),
            Self::OldBackup { observed, expected } => json!({"observed": observed, "expected": expected}),
            Self::Unresolved { run, problem } => json!({"run": run, "problem": problem}),
            Self::AppliedAlready { run } | Self::Unrecorded { run, .. } => json!({"run": run}),
            _ => return self.inner().map(Coded::facts).unwrap_or_default(),
        }
        .as_object()
        .cloned()
        .unwrap_or_default()
    }
}
