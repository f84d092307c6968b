//! What became of runs that have no record: the client was killed, the server went away. The journal says how far a run
//! came, the server says what became of its transaction.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::ApplyError;
use super::outcome::{self, Backend, Fate, TransactionId};
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
    /// `reviewed`, `decided`, `applied`, `blocked`, `rolled-back` or `unresolved`.
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
    match journal::read(&package.runs().join(run).join("journal.jsonl")) {
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
    if chain.last("refused").is_some() && chain.last("transaction").is_none() {
        return Standing::Refused;
    }
    if chain.last("transaction").is_some() { Standing::Unresolved } else { Standing::NotBegun }
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

/// A package with an unresolved run is not run again: the first question is what became of the last one.
pub fn refuse_unresolved(package: &Package) -> Result<(), ApplyError> {
    for run in run_names(package)? {
        if let Some(chain) = chain_of(package, &run)?
            && standing(&chain) == Standing::Unresolved
        {
            return Err(ApplyError::Unresolved { run, problem: "it was interrupted".into() });
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
    let Some(mut chain) = chain_of(package, &name)? else {
        return Ok(RunStatus {
            run: name,
            operation: None,
            standing: Standing::NotBegun,
            outcome: None,
            journal_head: None,
            last_event: None,
            at: None,
            because: Some("its journal holds no entry".into()),
        });
    };
    let mut because = None;
    if standing(&chain) == Standing::Unresolved {
        match target {
            None => because = Some("name the target to resolve it".to_owned()),
            Some(target) => match resolve(package, &name, &chain, target, environment, interrupt) {
                Ok(text) => {
                    because = Some(text);
                    chain = chain_of(package, &name)?.unwrap_or(chain);
                }
                Err(failure) => because = Some(failure.to_string()),
            },
        }
    }
    let last = chain.entries.last();
    Ok(RunStatus {
        operation: operation_of(&chain),
        standing: standing(&chain),
        outcome: chain.last("finished").and_then(|entry| entry.facts.get("outcome").cloned()),
        journal_head: Some(chain.head.clone()),
        last_event: last.map(|entry| entry.event.clone()),
        at: last.map(|entry| entry.at.clone()),
        because,
        run: name,
    })
}

/// Asks the server, compares with the catalog, and writes the answer into the journal.
fn resolve(
    package: &Package,
    name: &str,
    chain: &IntactChain,
    target: &str,
    environment: &Environment,
    interrupt: &Interrupt,
) -> Result<String, ApplyError> {
    let unresolved = |problem: &str| ApplyError::Unresolved { run: name.to_owned(), problem: problem.to_owned() };
    let entry = chain.last("transaction").ok_or_else(|| unresolved("its journal names no transaction"))?;
    let read = |field: &str| entry.facts.get(field).cloned().unwrap_or(Value::Null);
    let xid: TransactionId =
        serde_json::from_value(read("xid")).map_err(|_| unresolved("its journal names no transaction"))?;
    let backend: Option<Backend> = serde_json::from_value(read("backend")).ok();
    let intent = chain.last("intent").ok_or_else(|| unresolved("its journal has no intent"))?;
    let then: Identity = serde_json::from_value(intent.facts.get("target").cloned().unwrap_or(Value::Null))
        .map_err(|_| unresolved("its journal names no target"))?;
    let settings = Settings::resolve(target, environment)?;
    let mut session = Session::connect(&settings, environment, Purpose::Look, Patience::LOOKING, interrupt)?;
    let now = Identity::read(&mut session)?;
    let same = [
        (
            "system identifier",
            then.system_identifier.clone().unwrap_or_default(),
            now.system_identifier.clone().unwrap_or_default(),
        ),
        ("database oid", then.database_oid.to_string(), now.database_oid.to_string()),
        // After a failover the transaction ids are another server's.
        ("timeline", then.timeline.unwrap_or_default().to_string(), now.timeline.unwrap_or_default().to_string()),
    ];
    for (field, signed, found) in same {
        if signed != found {
            return Err(ApplyError::OtherTarget { field, signed, found });
        }
    }
    if now.in_recovery {
        return Err(ApplyError::Standby);
    }
    let answer = outcome::resolve(&mut session, &xid, backend.as_ref(), Duration::from_secs(60))?;
    let fate = match answer {
        Some(fate @ (Fate::Committed | Fate::Aborted | Fate::Lost)) => fate,
        Some(Fate::Forgotten) => by_catalog(package, name, &mut session)?.ok_or_else(|| {
            unresolved("the server no longer knows the transaction, and the catalog is neither the one before nor the one after")
        })?,
        None => return Err(unresolved("the transaction is still in progress")),
    };
    let mut journal = Journal::resume(&package.runs().join(name).join("journal.jsonl"), crate::base::clock::now)?;
    journal.append("resolved", json!({"xid": xid, "fate": fate}))?;
    Ok(if fate.is_committed() { "the server says it was committed" } else { "the server says it was not committed" }
        .to_owned())
}

/// The catalog as the last word: the snapshot saved before COMMIT was sent tells both sides.
fn by_catalog(package: &Package, name: &str, session: &mut Session) -> Result<Option<Fate>, ApplyError> {
    let folder = package.runs().join(name);
    let saved = |file: &str| -> Result<Option<Digest>, ApplyError> {
        match std::fs::read(folder.join(file)) {
            Ok(bytes) => Ok(Some(Snapshot::from_json(&bytes)?.fingerprint())),
            Err(_) => Ok(None),
        }
    };
    let now = Snapshot::begin(session)?.fingerprint();
    session.execute("ROLLBACK")?;
    Ok(if saved("after.json")?.as_ref() == Some(&now) {
        Some(Fate::Committed)
    } else if saved("before.json")?.as_ref() == Some(&now) {
        Some(Fate::Aborted)
    } else {
        None
    })
}

fn state(runs: &[RunStatus], warrants: &[WarrantStatus]) -> &'static str {
    if runs.iter().any(|run| run.standing == Standing::Unresolved) {
        return "unresolved";
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
        "applied" => "a person reviews the report; a rollback needs a warrant of its own",
        "rolled-back" => "a person reviews the report; another apply needs a new package",
        "decided" => "`pgwarrant apply PACKAGE --target DSN` under the account that holds the trust root",
        "blocked" => "a person decides: a new warrant that supersedes the old one, a new package, or nothing",
        _ => "a person decides: `pgwarrant sign PACKAGE --role ROLE --key FILE`",
    }
}
