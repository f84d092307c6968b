//! The parts of a record that are derived from measurements: what was created, what did not happen, what stays uncertain,
//! and the chain of custody.

use std::path::Path;

use serde_json::{Map, Value};

use super::ApplyError;
use super::dossier::Dossier;
use super::record::{Artefact, Authority, Created, Risk, RunError, RunOutcome};
use crate::base::{Check, Digest};
use crate::delta::{Delta, Form};
use crate::inverse::Verdict;
use crate::package::{MANIFEST, Package, SUMS};
use crate::rehearsal::Base;
use crate::rehearsal::statements::{RowEffect, StatementRecord};
use crate::rows::ValueChange;
use crate::warrant::Operation;

/// What a run that changed nothing states: that the catalog is the one from before only where that was seen.
pub fn non_execution(verification: &[Check]) -> &'static str {
    if !verification.is_empty() && verification.iter().all(Check::passed) {
        NON_EXECUTION
    } else {
        NON_EXECUTION_AND_DRIFT
    }
}

const NON_EXECUTION_AND_DRIFT: &str = "Nothing was applied. The transaction was rolled back; the catalog of the target, read again on a fresh connection, is \
     not the one from before: someone else changed it meanwhile. No statement was retried, no role was switched, no privilege was granted.";

const NON_EXECUTION: &str = "Nothing was applied. The transaction was rolled back; the catalog of the target was read again on a fresh connection \
     and is the one from before. No statement was retried, no role was switched, no privilege was granted.";

impl RunError {
    /// The refusal that a statement's record carries.
    pub fn of(record: &StatementRecord) -> Option<Self> {
        let error = record.error.as_ref()?;
        Some(Self {
            sqlstate: error.sqlstate.clone(),
            message: error.message.clone(),
            detail: error.detail.clone(),
            hint: error.hint.clone(),
            statement: record.index,
            line: record.line,
            text: record.text.clone(),
        })
    }
}

/// The top-level objects that were created, with their facts and what lies in them.
pub fn created(delta: Option<&Delta>) -> Vec<Created> {
    let Some(delta) = delta else { return Vec::new() };
    let tops = delta.changes.iter().filter(|change| {
        change.change == Form::Created
            && !change.within.iter().any(|above| delta.of(above).is_some_and(|c| c.change == Form::Created))
    });
    tops.map(|change| {
        let mut facts: Map<String, Value> = change
            .object
            .iter()
            .flat_map(|object| object.facts.iter())
            .map(|(name, fact)| (name.to_string(), fact.clone()))
            .collect();
        for inner in delta.changes.iter().filter(|inner| inner.within.contains(&change.key)) {
            let list = facts.entry(inner.key.kind.to_string()).or_insert_with(|| Value::Array(Vec::new()));
            if let Value::Array(list) = list {
                list.push(Value::from(inner.key.name()));
            }
        }
        Created { kind: change.key.kind.to_string(), name: change.name.clone(), facts: Value::Object(facts) }
    })
    .collect()
}

/// What was confirmed not to have happened, noun by noun, from the counts on both sides.
pub fn non_scope(delta: Option<&Delta>, committed: bool, rows: &[RowEffect]) -> Vec<Check> {
    let Some(delta) = delta.filter(|_| committed) else { return Vec::new() };
    let mut checks: Vec<Check> = delta
        .counts
        .iter()
        .filter(|(_, tally)| tally.by == 0)
        .map(|(noun, tally)| (format!("number of {noun} unchanged"), tally.before, tally.after))
        .enumerate()
        .map(|(number, (what, before, after))| Check::equal(format!("N-{}", number + 1), what, before, after))
        .collect();
    let number = checks.len();
    let dropped = delta.objects(Form::Dropped).count();
    checks.push(Check::decided(
        format!("N-{}", number + 1),
        "objects dropped",
        "as listed in the delta",
        dropped,
        true,
    ));
    let written: Vec<String> = rows
        .iter()
        .map(|effect| format!("{} (+{} ~{} -{})", effect.table, effect.inserted, effect.updated, effect.deleted))
        .collect();
    let observed = if written.is_empty() { "none".to_owned() } else { written.join(", ") };
    checks.push(Check::decided(
        format!("N-{}", number + 2),
        "tables whose rows were written",
        "as a statement, the dry run or the contract names them (W-3)",
        observed,
        true,
    ));
    checks
}

/// What stays uncertain: measured differences between the rehearsal and the target, and limits of the undo.
pub fn residual_risks(dossier: &Dossier, authority: &Authority, values: &[ValueChange]) -> Vec<Risk> {
    let mut risks = Vec::new();
    let mut add = |risk: String, mitigation: &str| {
        risks.push(Risk { id: format!("R-{}", risks.len() + 1), risk, mitigation: mitigation.to_owned() });
    };
    let rehearsed = dossier.dry_run.cluster.server_version_num;
    let target = dossier.preflight.target.server_version_num;
    if rehearsed.major() != target.major() {
        add(
            format!("the dry run ran on PostgreSQL {rehearsed}, the target is {target}"),
            "the delta was compared on the target, inside the transaction, before COMMIT",
        );
    }
    if dossier.dry_run.base == Base::Structural {
        add(
            "the dry run stood on a structural base, not on a restored copy of the target".into(),
            "conditions on what exists already were checked on the target itself, inside the transaction",
        );
    }
    if authority.same_account {
        add(
            "the account that applied could itself have written the trust root".into(),
            "keep the trust root and the target's login in an account of their own",
        );
    }
    for part in dossier.dry_run.inverse.parts.iter().filter(|part| part.verdict != Verdict::Exact) {
        add(
            format!(
                "the rollback of {} is {}: {}",
                part.name,
                verdict_word(part.verdict),
                part.because.as_deref().unwrap_or("")
            ),
            "what it cannot bring back is in the backup",
        );
    }
    for value in values.iter().filter(|value| value.changed > 0) {
        add(
            format!("the values of {} changed in {} of {} rows", value.column, value.changed, value.rows),
            "a rollback does not bring the old values back; they are in the backup",
        );
    }
    if !dossier.dry_run.not_covered.is_empty() {
        add(
            format!("{} kinds of objects are not compared one by one", dossier.dry_run.not_covered.len()),
            "rows this transaction wrote into their catalogs would have been seen by the witness",
        );
    }
    risks
}

/// Every artefact of package and run with its size and hash. The record itself is hashed by the report.
pub fn custody(package: &Package, run: &Path) -> Result<Vec<Artefact>, ApplyError> {
    let mut artefacts = Vec::new();
    let mut add = |artefact: &str, path: &Path| -> Result<(), ApplyError> {
        let bytes = std::fs::read(path).map_err(ApplyError::io("reading", path))?;
        let relative = path.strip_prefix(&package.folder).unwrap_or(path);
        artefacts.push(Artefact {
            artefact: artefact.to_owned(),
            path: relative.display().to_string(),
            size: bytes.len() as u64,
            sha256: Digest::of(&bytes),
        });
        Ok(())
    };
    for name in [MANIFEST, SUMS] {
        add("package", &package.folder.join(name))?;
    }
    for sealed in &package.manifest.files {
        add("package", &package.folder.join(&sealed.name))?;
    }
    for (what, folder) in [("warrant", package.warrants()), ("run", run.to_owned())] {
        for path in files_of(&folder)? {
            add(what, &path)?;
        }
    }
    Ok(artefacts)
}

fn files_of(folder: &Path) -> Result<Vec<std::path::PathBuf>, ApplyError> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(ApplyError::io("listing", folder))? {
        let path = entry.map_err(ApplyError::io("listing", folder))?.path();
        if path.is_file() {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// In a few words, where two deltas part: for the check that compares their digests.
pub fn first_differences(expected: &Delta, observed: &Delta) -> String {
    let mut differences = Vec::new();
    for change in &expected.changes {
        match observed.of(&change.key) {
            None => differences.push(format!("rehearsed but not seen: {:?} {}", change.change, change.name)),
            Some(other) if other != change => {
                differences.push(format!("seen differently: {}{}", change.name, first_fact(change, other)));
            }
            Some(_) => {}
        }
    }
    for change in &observed.changes {
        if expected.of(&change.key).is_none() {
            differences.push(format!("seen but not rehearsed: {:?} {}", change.change, change.name));
        }
    }
    let more = differences.len().saturating_sub(5);
    differences.truncate(5);
    let tail = if more > 0 { format!("; and {more} more") } else { String::new() };
    format!("{}{tail}", differences.join("; "))
}

fn first_fact(expected: &crate::delta::Change, observed: &crate::delta::Change) -> String {
    let flat = |change: &crate::delta::Change| serde_json::to_value(change).unwrap_or(Value::Null);
    let (Value::Object(expected), Value::Object(observed)) = (flat(expected), flat(observed)) else {
        return String::new();
    };
    let objects =
        |map: &Map<String, Value>| map.get("object").and_then(Value::as_object).cloned().unwrap_or_else(|| map.clone());
    let (expected, observed) = (objects(&expected), objects(&observed));
    let differs = expected.iter().find(|(name, value)| observed.get(*name) != Some(value));
    differs.map_or_else(String::new, |(name, value)| {
        format!(" ({name}: rehearsed {value}, seen {})", observed.get(name).unwrap_or(&Value::Null))
    })
}

/// Where the rollback stands after a run.
pub fn rollback_status(operation: Operation, outcome: RunOutcome) -> &'static str {
    match (operation, outcome) {
        (Operation::Rollback, RunOutcome::Pass) => "this run is the rollback",
        (Operation::Rollback, _) => "the rollback was not carried out",
        (Operation::Apply, RunOutcome::Pass) => "not triggered; it needs a warrant of its own",
        (Operation::Apply, RunOutcome::Fail) => {
            "not triggered; whether to roll back is a person's decision, with a warrant of its own"
        }
        (Operation::Apply, _) => "not needed: nothing was committed",
    }
}

/// The only step that is allowed next.
pub fn next_step(operation: Operation, outcome: RunOutcome) -> &'static str {
    match (operation, outcome) {
        (_, RunOutcome::Pass) => "stop; a person reviews this report",
        (Operation::Apply, RunOutcome::Fail) => {
            "stop; a person decides whether to roll back (pgwarrant sign --operation rollback)"
        }
        (Operation::Rollback, RunOutcome::Fail) => "stop; a person compares the catalog with the report",
        (_, RunOutcome::Blocked | RunOutcome::RolledBack) => {
            "stop; a person decides: a new warrant that supersedes this one, a new package, or nothing"
        }
    }
}

fn verdict_word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Exact => "exact",
        Verdict::Lossy => "lossy",
        Verdict::Impossible => "impossible",
    }
}
