//! The package as a run needs it: read once, every byte verified, the static checks made again on the bytes that will be
//! executed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::{ApplyError, recovery, unguarded};
use crate::base::{Digest, Interrupt, Outcome};
use crate::catalog::{Guard, Snapshot};
use crate::change::{self, Change, Step};
use crate::checks;
use crate::delta::Delta;
use crate::package::Package;
use crate::pg::{Environment, Identity, Patience, Purpose, Session, Settings};
use crate::preflight::Preflight;
use crate::rehearsal::DryRun;
use crate::rows::guards::Guarded;
use crate::script::Script;
use crate::sql::{Action, Facts};
use crate::warrant::authorise::Subject;
use crate::warrant::nonce::Ledger;
use crate::warrant::{Instance, Operation, Target};

/// Names of the sealed files a run reads.
pub mod names {
    pub const CHECK: &str = "check.json";
    pub const DRY_RUN: &str = "dry_run.json";
    pub const DELTA: &str = "delta.json";
    pub const PREFLIGHT: &str = "preflight.json";
    pub const SNAPSHOT: &str = "snapshot.json";
    pub const REVIEW: &str = "REVIEW.md";
    pub const EXECUTION: &str = "execution.json";
    pub const BEFORE: &str = "before.json";
    pub const AFTER: &str = "after.json";
    pub const GUARDED: &str = "guarded.json";
}

/// A verified package and what it says.
pub struct Dossier {
    pub package: Package,
    pub change: Change,
    pub dry_run: DryRun,
    pub preflight: Preflight,
    /// The target's catalog at the preflight: drift is told against it.
    pub snapshot: Snapshot,
    pub delta: Delta,
    /// Of the change's statements, in order.
    pub facts: Vec<Facts>,
}

/// A run whose transaction was committed.
pub struct CommittedRun {
    pub name: String,
    pub operation: Operation,
    folder: PathBuf,
}

impl Dossier {
    /// Opens a package, or says which phase lacks its pass.
    pub fn open(folder: &Path) -> Result<Self, ApplyError> {
        let package = Package::open(folder)?;
        let mut files = BTreeMap::new();
        for name in [change::SCRIPT, change::CONTRACT, change::ROLLBACK] {
            files.insert(name.to_owned(), package.file(name)?.to_vec());
        }
        let change = Change::read(&files)?;
        let report = checks::check(&change.script, Some(&change.contract), &checks::Context::default())
            .map_err(|failure| ApplyError::CheckFailed { problem: failure.to_string() })?;
        if report.outcome != Outcome::Pass {
            let problem = report.findings.iter().map(|finding| finding.message.clone()).next();
            let failed = report.checks.iter().find(|check| !check.passed()).map(|check| check.check.clone());
            return Err(ApplyError::CheckFailed {
                problem: problem.or(failed).unwrap_or_else(|| "a check did not pass".into()),
            });
        }
        let dry_run: DryRun = package.json(names::DRY_RUN)?;
        if dry_run.outcome != Outcome::Pass {
            return Err(ApplyError::PhaseNotPassed { phase: "dry run" });
        }
        let preflight: Preflight = package.json(names::PREFLIGHT)?;
        if preflight.outcome != Outcome::Pass {
            return Err(ApplyError::PhaseNotPassed { phase: "preflight" });
        }
        let snapshot = Snapshot::from_json(package.file(names::SNAPSHOT)?)?;
        if snapshot.fingerprint() != preflight.fingerprint {
            return Err(ApplyError::PhaseNotPassed { phase: "preflight" });
        }
        let delta = Delta::from_json(package.file(names::DELTA)?).map_err(|failure| super::delta_error(&failure))?;
        if delta.digest() != dry_run.delta.digest() {
            return Err(ApplyError::PhaseNotPassed { phase: "dry run" });
        }
        // What a rollback would run is what was rehearsed, and passes its gates here and now.
        if package.file(change::ROLLBACK)? != dry_run.rollback.as_bytes() {
            return Err(ApplyError::PhaseNotPassed { phase: "dry run" });
        }
        let facts = change.facts()?;
        Ok(Self { package, change, dry_run, preflight, snapshot, delta, facts })
    }

    /// The script an operation executes.
    pub fn script(&self, operation: Operation) -> Result<Script, ApplyError> {
        match operation {
            Operation::Apply => Ok(self.change.script.clone()),
            Operation::Rollback => Ok(change::read_script(change::ROLLBACK, self.package.file(change::ROLLBACK)?)?),
        }
    }

    pub fn steps(&self, operation: Operation) -> Result<Vec<Step>, ApplyError> {
        Ok(match operation {
            Operation::Apply => change::steps(change::SCRIPT, &self.change.script)?,
            Operation::Rollback => change::rollback_steps(&self.script(operation)?)?,
        })
    }

    /// The tables whose rows an operation may write: those its statements write to or make, those where the dry run
    /// saw rows written, and those whose rows the contract speaks of.
    pub fn writes(&self, operation: Operation) -> Result<BTreeSet<String>, ApplyError> {
        let facts = match operation {
            Operation::Apply => self.facts.clone(),
            Operation::Rollback => change::facts(change::ROLLBACK, &self.script(operation)?)?,
        };
        let written = facts.iter().flat_map(|facts| facts.of(Action::Write).chain(facts.of(Action::Create)));
        let mut tables: BTreeSet<String> = written.map(ToString::to_string).collect();
        if operation == Operation::Apply {
            tables.extend(self.dry_run.rows.iter().map(|effect| effect.table.clone()));
            let questions = self.change.contract.row_questions();
            tables.extend(questions.iter().map(|question| question.relation().to_string()));
        }
        Ok(tables)
    }

    /// The delta that was rehearsed.
    pub fn rehearsed(&self, operation: Operation) -> &Delta {
        match operation {
            Operation::Apply => &self.delta,
            Operation::Rollback => &self.dry_run.undo,
        }
    }

    /// The delta that must be seen before COMMIT, by its digest.
    pub fn expected(&self, operation: Operation) -> &Digest {
        self.rehearsed(operation).digest()
    }

    /// What a rollback would drop: measured after the change, looked at again before the rollback.
    pub fn guards(&self) -> &[Guard] {
        &self.dry_run.inverse.guards
    }

    /// What the rollback drops although no guard looks at its rows.
    pub fn unguarded(&self, now: &Snapshot) -> Result<Vec<String>, ApplyError> {
        let facts = change::facts(change::ROLLBACK, &self.script(Operation::Rollback)?)?;
        Ok(unguarded::unguarded(&facts, self.guards(), now))
    }

    /// What a warrant for this operation has to be about.
    pub fn subject(&self, operation: Operation) -> Result<Subject, ApplyError> {
        let target = &self.preflight.target;
        let script = self.script(operation)?;
        let fingerprint = match operation {
            Operation::Apply => self.preflight.fingerprint.clone(),
            Operation::Rollback => self.applied()?.after()?.fingerprint(),
        };
        Ok(Subject {
            statements: script.statements.len() as u64,
            script: script.digest,
            delta: self.expected(operation).clone(),
            review: Digest::of(self.package.file(names::REVIEW)?),
            fingerprint,
            target: Target {
                database: target.database.clone(),
                database_oid: target.database_oid,
                system_identifier: target.system_identifier.clone().ok_or(ApplyError::OtherTarget {
                    field: "system identifier",
                    signed: "a proven one".into(),
                    found: "unproven".into(),
                })?,
                server_major: target.server_version_num.major(),
            },
            restored: self.dry_run.base == crate::rehearsal::Base::Restored,
            roles: self.change.contract.roles.clone(),
        })
    }

    /// Which server a warrant for this operation is about, as it was last seen: at the preflight, or by the run that is
    /// undone. Who signs may have looked again.
    pub fn instance(&self, operation: Operation) -> Result<Instance, ApplyError> {
        let seen = match operation {
            Operation::Apply => Some(self.preflight.target.clone()),
            Operation::Rollback => recovery::target_of(&self.package, &self.applied()?.name)?,
        };
        seen.as_ref().and_then(Instance::of).ok_or_else(unproven_timeline)
    }

    /// The same, looked at now: the target has to be the one that the package is about.
    pub fn instance_now(
        &self,
        target: &str,
        environment: &Environment,
        interrupt: &Interrupt,
    ) -> Result<Instance, ApplyError> {
        let settings = Settings::resolve(target, environment)?;
        let mut session = Session::connect(&settings, environment, Purpose::Look, Patience::LOOKING, interrupt)?;
        let (then, now) = (&self.preflight.target, Identity::read(&mut session)?);
        if let Some((field, signed, found)) = then.differs(&now) {
            return Err(ApplyError::OtherTarget { field, signed, found });
        }
        if now.in_recovery {
            return Err(ApplyError::Standby);
        }
        Instance::of(&now).ok_or_else(unproven_timeline)
    }

    /// The runs whose transaction was committed, oldest first: by their record, or by what the server said afterwards.
    pub fn committed_runs(&self) -> Result<Vec<CommittedRun>, ApplyError> {
        let mut runs = Vec::new();
        for name in recovery::run_names(&self.package)? {
            if let Some(operation) = recovery::committed(&self.package, &name)? {
                runs.push(CommittedRun { folder: self.package.runs().join(&name), name, operation });
            }
        }
        Ok(runs)
    }

    /// The run whose change stands now: the last that was committed, if it was an apply.
    pub fn applied(&self) -> Result<CommittedRun, ApplyError> {
        let last = self.committed_runs()?.pop();
        last.filter(|run| run.operation == Operation::Apply).ok_or(ApplyError::NothingApplied)
    }
}

/// One digest over both sides of what a run leaves for its rollback.
pub(super) fn measured(after: &Digest, guarded: &[u8]) -> Digest {
    Digest::of(format!("{after}\n{}\n", Digest::of(guarded)).as_bytes())
}

impl CommittedRun {
    /// The catalog that the run left, as it was verified before COMMIT.
    pub fn after(&self) -> Result<Snapshot, ApplyError> {
        Ok(Snapshot::from_json(&self.read(names::AFTER)?)?)
    }

    /// What a rollback would drop, as it was right after the change; nothing where this account did not measure it.
    /// Then the rollback stops at the first row: nobody can say whose it is.
    pub fn guarded(&self, ledger: &Ledger) -> Result<Vec<Guarded>, ApplyError> {
        let (after, guarded) = (self.read(names::AFTER)?, self.read(names::GUARDED)?);
        if !ledger.vouches(&measured(&Digest::of(&after), &guarded))? {
            log::warn!(target: "pgwarrant.apply", "what {} says of rows was not measured by this account", self.name);
            return Ok(Vec::new());
        }
        serde_json::from_slice(&guarded).map_err(ApplyError::encode)
    }

    fn read(&self, name: &str) -> Result<Vec<u8>, ApplyError> {
        let path = self.folder.join(name);
        std::fs::read(&path).map_err(ApplyError::io("reading", &path))
    }
}

fn unproven_timeline() -> ApplyError {
    ApplyError::OtherTarget { field: "timeline", signed: "a proven one".into(), found: "unproven".into() }
}
