//! What became of runs that have no record: the client was killed, the server went away. The journal says how far a run
//! came, the server says what became of its transaction.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::dossier::names;
use super::outcome::{Backend, Fate, TransactionId};
use super::resolution::{Known, Traces};
use super::{ApplyError, resolution};
use crate::base::{Digest, Interrupt};
use crate::catalog::Snapshot;
use crate::journal::{self, IntactChain, Journal};
use crate::package::Package;
use crate::pg::{Environment, Identity, Patience, Purpose, Session, Settings};
use crate::warrant::{Operation, authorise};

/// How far a run came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It has a record.
    Finished,
    /// It was refused before its first statement.
    Refused,
    /// It ended before its first statement: nothing was changed.
    NotBegun,
    /// A process is at it at this moment.
    Running,
    /// The server has to say what became of its transaction.
    Unresolved,
    /// It was interrupted; the server said its transaction was committed.
    ResolvedApplied,
    /// It was interrupted; the server said its transaction was not committed.
    ResolvedNotApplied,
}

/// One run of a package.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunStatus {
    pub run: String,
    pub operation: Option<Operation>,
    pub standing: Standing,
    /// Of a finished run.
    pub outcome: Option<Value>,
    pub journal_head: Option<Digest>,
    pub last_event: Option<String>,
    pub at: Option<String>,
    pub because: Option<String>,
    /// Half an entry at the end of its journal, which a crash left there.
    pub torn_bytes: u64,
}

/// One warrant filed with a package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WarrantStatus {
    pub digest: Digest,
    pub operation: Operation,
    pub decision: String,
    pub role: String,
    pub not_after: String,
    pub signatures: usize,
    pub used: bool,
    pub superseded: bool,
}

/// Where a package stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Status {
    pub format: u32,
    pub package: Digest,
    pub change: String,
    pub warrants: Vec<WarrantStatus>,
    pub runs: Vec<RunStatus>,
    /// `reviewed`, `decided`, `running`, `applied`, `blocked`, `rolled-back` or `unresolved`.
    pub state: String,
    pub next_step: String,
}

/// The folders of all runs, oldest first.
pub fn run_names(package: &Package) -> Result<Vec<String>, ApplyError> {
    let folder = package.runs();
    let mut names = Vec::new();
    let entries = match std::fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(failure) if failure.kind() == std::io::ErrorKind::NotFound => return Ok(names),
        Err(failure) => return Err(ApplyError::io("listing", &folder)(failure)),
    };
    for entry in entries {
        let entry = entry.map_err(ApplyError::io("listing", &folder))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().is_dir() && name.starts_with(|c: char| c.is_ascii_digit()) {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

fn chain_of(package: &Package, run: &str) -> Result<Option<IntactChain>, ApplyError> {
    match journal::read(&journal_of(package, run)) {
        Ok(chain) => Ok(Some(chain)),
        // The crash came before the first entry was on the disk: nothing had been done.
        Err(journal::JournalError::Empty { .. }) => Ok(None),
        Err(journal::JournalError::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(failure) => Err(failure.into()),
    }
}

fn standing(chain: &IntactChain) -> Standing {
    if chain.last("finished").is_some() {
        return Standing::Finished;
    }
    if let Some(outcome) = chain.last("resolved").or_else(|| chain.last("outcome")) {
        let committed = outcome.facts.get("fate") == Some(&json!(Fate::Committed));
        return if committed { Standing::ResolvedApplied } else { Standing::ResolvedNotApplied };
    }
    // An attempt that was rolled back before the next one began is none.
    let open = chain.entries.iter().rfind(|entry| ["transaction", "retry"].contains(&entry.event.as_str()));
    let open = open.is_some_and(|entry| entry.event == "transaction");
    match chain.last("refused") {
        _ if open => Standing::Unresolved,
        Some(_) => Standing::Refused,
        None => Standing::NotBegun,
    }
}

/// The server that a run saw, by its journal.
pub(super) fn target_of(package: &Package, run: &str) -> Result<Option<Identity>, ApplyError> {
    Ok(chain_of(package, run)?.and_then(|chain| fact(&chain, "intent", "target")))
}

/// The operation of a run whose transaction was committed; none for every other run.
pub fn committed(package: &Package, run: &str) -> Result<Option<Operation>, ApplyError> {
    let Some(chain) = chain_of(package, run)? else { return Ok(None) };
    let fate = chain.last("resolved").or_else(|| chain.last("outcome")).and_then(|entry| entry.facts.get("fate"));
    Ok(if fate == Some(&json!(Fate::Committed)) { operation_of(&chain) } else { None })
}

fn operation_of(chain: &IntactChain) -> Option<Operation> {
    chain.entries.first().and_then(|run| serde_json::from_value(run.facts.get("operation")?.clone()).ok())
}

/// A package with an unresolved run is not run again: the first question is what became of the last one. The target is
/// asked; where it has no answer, nothing else is done.
pub fn resolve_all(
    package: &Package,
    target: &str,
    environment: &Environment,
    interrupt: &Interrupt,
) -> Result<(), ApplyError> {
    for run in run_names(package)? {
        if journal::is_being_written(&journal_of(package, &run))? {
            return Err(ApplyError::Unresolved { run, problem: "it is not over yet".into() });
        }
        let Some(chain) = chain_of(package, &run)? else { continue };
        match standing(&chain) {
            Standing::Unresolved => {
                let (_, recorded) = resolve(package, &run, &chain, target, environment, interrupt)?;
                recorded?;
            }
            Standing::NotBegun => clear(package, &run, &chain, target, environment, interrupt)?,
            _ => {}
        }
    }
    Ok(())
}

/// Resolves what can be resolved and says where the package stands.
pub fn status(
    package: &Package,
    target: Option<&str>,
    environment: &Environment,
    interrupt: &Interrupt,
) -> Result<Status, ApplyError> {
    let mut runs = Vec::new();
    for name in run_names(package)? {
        runs.push(run_status(package, name, target, environment, interrupt)?);
    }
    let spent = package.runs().join("used");
    let filed = authorise::filed(package)?;
    let superseded: Vec<Digest> = filed.iter().filter_map(|filed| filed.warrant.supersedes.clone()).collect();
    let warrants: Vec<WarrantStatus> = filed
        .iter()
        .map(|filed| WarrantStatus {
            digest: filed.digest.clone(),
            operation: filed.warrant.operation,
            decision: filed.warrant.decision.to_string(),
            role: filed.warrant.role.clone(),
            not_after: filed.warrant.not_after.clone(),
            signatures: filed.signatures.len(),
            used: spent.join(&filed.warrant.nonce).exists(),
            superseded: superseded.contains(&filed.digest),
        })
        .collect();
    let state = state(&runs, &warrants);
    Ok(Status {
        format: 1,
        package: package.digest.clone(),
        change: package.manifest.change.clone(),
        next_step: next_step(state).to_owned(),
        state: state.to_owned(),
        warrants,
        runs,
    })
}

fn run_status(
    package: &Package,
    name: String,
    target: Option<&str>,
    environment: &Environment,
    interrupt: &Interrupt,
) -> Result<RunStatus, ApplyError> {
    let path = journal_of(package, &name);
    let running = journal::is_being_written(&path)?;
    let Some(mut chain) = chain_of(package, &name)? else {
        return Ok(RunStatus {
            run: name,
            operation: None,
            standing: if running { Standing::Running } else { Standing::NotBegun },
            outcome: None,
            journal_head: None,
            last_event: None,
            at: None,
            because: Some("its journal holds no entry".into()),
            torn_bytes: std::fs::metadata(&path).map_or(0, |file| file.len()),
        });
    };
    let torn_bytes = chain.torn_bytes;
    let mut standing_now = if running { Standing::Running } else { standing(&chain) };
    let mut because = None;
    match (standing_now, target) {
        (Standing::Running, _) => because = Some("a process is writing its journal".to_owned()),
        (Standing::Unresolved, None) => because = Some("name the target to resolve it".to_owned()),
        (Standing::Unresolved, Some(target)) => match resolve(package, &name, &chain, target, environment, interrupt) {
            Ok((known, recorded)) => {
                standing_now = resolved(known.fate);
                let unrecorded = recorded.err().map(|failure| format!("; this is not recorded: {failure}"));
                because = Some(format!("{}{}", known.evidence, unrecorded.unwrap_or_default()));
                chain = chain_of(package, &name)?.unwrap_or(chain);
            }
            Err(failure) => because = Some(why(&failure)),
        },
        (Standing::NotBegun, Some(target)) => {
            if let Err(failure) = clear(package, &name, &chain, target, environment, interrupt) {
                because = Some(format!("what it may have left on the server could not be ended: {}", why(&failure)));
            }
        }
        _ => {}
    }
    if torn_bytes > 0 && !running {
        let torn =
            format!("its journal ended in half an entry ({torn_bytes} bytes), which announced nothing that happened");
        because = Some(because.map_or(torn.clone(), |text| format!("{text}; {torn}")));
    }
    let last = chain.entries.last();
    Ok(RunStatus {
        operation: operation_of(&chain),
        standing: standing_now,
        outcome: chain.last("finished").and_then(|entry| entry.facts.get("outcome").cloned()),
        journal_head: Some(chain.head.clone()),
        last_event: last.map(|entry| entry.event.clone()),
        at: last.map(|entry| entry.at.clone()),
        because,
        torn_bytes,
        run: name,
    })
}

fn why(failure: &ApplyError) -> String {
    match failure {
        ApplyError::Unresolved { problem, .. } => problem.clone(),
        other => other.to_string(),
    }
}

fn journal_of(package: &Package, run: &str) -> PathBuf {
    package.runs().join(run).join("journal.jsonl")
}

fn resolved(fate: Fate) -> Standing {
    if fate.is_committed() { Standing::ResolvedApplied } else { Standing::ResolvedNotApplied }
}

/// A fact of the last entry of an event.
fn fact<T: DeserializeOwned>(chain: &IntactChain, event: &str, field: &str) -> Option<T> {
    serde_json::from_value(chain.last(event)?.facts.get(field)?.clone()).ok()
}

/// The sessions of a run, as far as its journal names them.
fn sessions(chain: &IntactChain) -> Vec<Backend> {
    let named = [fact(chain, "identity", "backend"), fact(chain, "transaction", "second")];
    named.into_iter().flatten().collect()
}

/// Asks the server, and writes its answer into the journal: whether that could be done is the second part.
fn resolve(
    package: &Package,
    name: &str,
    chain: &IntactChain,
    target: &str,
    environment: &Environment,
    interrupt: &Interrupt,
) -> Result<(Known, Result<(), ApplyError>), ApplyError> {
    let unresolved = |problem: String| ApplyError::Unresolved { run: name.to_owned(), problem };
    let xid: TransactionId =
        fact(chain, "transaction", "xid").ok_or_else(|| unresolved("its journal names no transaction".to_owned()))?;
    let then: Identity =
        fact(chain, "intent", "target").ok_or_else(|| unresolved("its journal names no target".to_owned()))?;
    let folder = package.runs().join(name);
    let traces = Traces {
        xid: &xid,
        left: &sessions(chain),
        then: &then,
        commit_sent: chain.last("commit").is_some(),
        acknowledged: false,
        sides: &|| sides(&folder),
    };
    let settings = Settings::resolve(target, environment)?;
    let known = resolution::ask(&traces, &settings, environment, interrupt, Duration::ZERO)?.map_err(unresolved)?;
    let recorded = Journal::resume(&journal_of(package, name), crate::base::clock::now).and_then(|mut journal| {
        let facts = json!({"xid": xid, "fate": known.fate, "evidence": known.evidence, "torn_bytes": chain.torn_bytes});
        journal.append("resolved", facts).map(drop)
    });
    Ok((known, recorded.map_err(ApplyError::from)))
}

/// A run that was killed before its first statement may have left a session behind, with the lock of the database.
fn clear(
    package: &Package,
    name: &str,
    chain: &IntactChain,
    target: &str,
    environment: &Environment,
    interrupt: &Interrupt,
) -> Result<(), ApplyError> {
    let then: Option<Identity> = fact(chain, "identity", "target");
    let (Some(then), left, None) = (then, sessions(chain), chain.last("cleared")) else { return Ok(()) };
    let settings = Settings::resolve(target, environment)?;
    let mut session = Session::connect(&settings, environment, Purpose::Look, Patience::LOOKING, interrupt)?;
    if resolution::is_elsewhere(&then, &Identity::read(&mut session)?)?.is_none() {
        left.iter().try_for_each(|backend| backend.end(&mut session))?;
    }
    let mut journal = Journal::resume(&journal_of(package, name), crate::base::clock::now)?;
    journal.append("cleared", json!({"torn_bytes": chain.torn_bytes}))?;
    Ok(())
}

/// Both sides of a run, as it saved them before COMMIT was sent; none where it came not so far.
pub(super) fn sides(folder: &Path) -> Result<Option<(Snapshot, Snapshot)>, ApplyError> {
    let saved = |name: &str| match std::fs::read(folder.join(name)) {
        Ok(bytes) => Ok(Some(Snapshot::from_json(&bytes)?)),
        Err(failure) if failure.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(failure) => Err(ApplyError::io("reading", &folder.join(name))(failure)),
    };
    Ok(saved(names::BEFORE)?.zip(saved(names::AFTER)?))
}

fn state(runs: &[RunStatus], warrants: &[WarrantStatus]) -> &'static str {
    if runs.iter().any(|run| run.standing == Standing::Unresolved) {
        return "unresolved";
    }
    if runs.iter().any(|run| run.standing == Standing::Running) {
        return "running";
    }
    let passed = |run: &&RunStatus| {
        run.standing == Standing::ResolvedApplied
            || run.outcome == Some(json!("PASS"))
            || run.outcome == Some(json!("FAIL"))
    };
    match runs.iter().rfind(passed).and_then(|run| run.operation) {
        Some(Operation::Apply) => "applied",
        Some(Operation::Rollback) => "rolled-back",
        None if warrants.iter().any(|warrant| warrant.signatures > 0 && !warrant.used && !warrant.superseded) => {
            "decided"
        }
        None if !runs.is_empty() => "blocked",
        None => "reviewed",
    }
}

fn next_step(state: &str) -> &'static str {
    match state {
        "unresolved" => "`pgwarrant status PACKAGE --target DSN` resolves the run once the server answers",
        "running" => "wait until the run is over",
        "applied" => "a person reviews the report; a rollback needs a warrant of its own",
        "rolled-back" => "a person reviews the report; another apply needs a new package",
        "decided" => "`pgwarrant apply PACKAGE --target DSN` under the account that holds the trust root",
        "blocked" => "a person decides: a new warrant that supersedes the old one, a new package, or nothing",
        _ => "a person decides: `pgwarrant sign PACKAGE --role ROLE --key FILE`",
    }
}
