//! Forward, back, forward: on a cluster of its own, as the role the contract names.

use std::collections::BTreeSet;
use std::time::Instant;

use super::base::{self, Prepared};
use super::statements::{self, Ran, RowEffect, StatementRecord, Watch, milliseconds};
use super::{Base, ClusterFacts, DryRun, FORMAT, LockSpan, Options, Proof, RehearsalError};
use crate::base::{Check, Digest, Outcome};
use crate::catalog::{Key, Snapshot};
use crate::change::{self, Change, Step};
use crate::cluster::EphemeralCluster;
use crate::contract::{After, Judged};
use crate::delta::Delta;
use crate::inverse::{Inverse, Verdict};
use crate::pg::{PgError, Purpose, Session};
use crate::rows::{self, ValueChange};

/// The code of an error of ours: what was called exact is not.
const CONTRADICTED: &str = "inverse.contradicted";

/// A pass through the change, before it is committed.
struct Forward {
    records: Vec<StatementRecord>,
    failed: bool,
    after: Option<Snapshot>,
    rows: Vec<RowEffect>,
    locks: Vec<LockSpan>,
}

/// Rehearses a change. That it fails is a result; an error is what kept it from being tried.
pub fn dry_run(change: &Change, options: &Options<'_>) -> Result<DryRun, RehearsalError> {
    let started = crate::base::clock::now();
    let begun = Instant::now();
    let steps = change::steps(change::SCRIPT, &change.script)?;
    let wanted = base::wanted(options)?;
    let server = options.discovery.choose(wanted.major)?;
    base::require_extensions(change, options.base, &server)?;
    let mut cluster = match &wanted.superuser {
        Some(superuser) => EphemeralCluster::start_named(superuser, &server, options.interrupt)?,
        None => EphemeralCluster::start(&server, options.interrupt)?,
    };
    let (mut facts, mut checks) = isolation(&cluster, change, options)?;
    let prepared = base::prepare(&cluster, change, options)?;
    checks.extend(prepared.checks.clone());
    let mut session = prepared.session(&cluster)?;

    let before = read(&mut session)?;
    let asked = in_transaction(&mut session, |session| Ok(rows::ask(session, &change.contract, &before)?))?;
    checks.extend(structural(options.base, change.contract.evaluate_before(&before, &asked.answers)));

    session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ WRITE")?;
    let forward = forward(&mut session, &steps, Watch::Closely)?;
    checks.extend(statement_checks(&forward.records, steps.len()));
    let mut values: Vec<ValueChange> = Vec::new();
    let mut contract_checks = Vec::new();
    let after = match &forward.after {
        Some(after) if !forward.failed => {
            let answered = rows::ask(&mut session, &change.contract, after)?;
            values = rows::changes(&asked, &answered);
            let delta = Delta::between(&before, after);
            let evidence = After {
                before: &before,
                after,
                delta: &delta,
                rows_before: &asked.answers,
                rows_after: &answered.answers,
                values: &values,
                statements: &change.facts()?,
            };
            contract_checks = structural(options.base, change.contract.evaluate_after(&evidence));
            session.execute("COMMIT")?;
            after.clone()
        }
        _ => {
            session.execute("ROLLBACK")?;
            before.clone()
        }
    };
    checks.extend(contract_checks);
    let delta = Delta::between(&before, &after);
    let mut inverse = Inverse::of(&delta, &before, &after)?;
    for key in restarted(&forward.records, (&before, &after), &delta) {
        inverse.say(&key, Verdict::Lossy, "the change set anew where it stands, and it stays there");
    }
    let rollback = change.rollback.as_ref().map_or_else(|| inverse.script(), |script| script.text.to_string());
    let mut proof = Proof { before: before.fingerprint(), after: after.fingerprint(), undone: None, redone: None };
    let mut undo = Delta::between(&after, &after);
    if !forward.failed {
        undo = prove(&mut session, change, &steps, &rollback, &inverse, (&before, &after), &mut proof, &mut checks)?;
    }
    drop(session);
    cluster.stop()?;
    facts.removed = true;
    checks.push(Check::decided(
        "C-5",
        "the cluster is gone afterwards",
        "no process, no folder",
        "no process, no folder",
        true,
    ));
    let failed = checks.iter().any(|check| check.result == Outcome::Fail);
    Ok(DryRun {
        format: FORMAT,
        outcome: if failed { Outcome::Fail } else { Outcome::Pass },
        base: options.base,
        started_at: started.to_string(),
        finished_at: crate::base::clock::now().to_string(),
        duration_ms: milliseconds(begun),
        delta: delta.normalised(&prepared.role),
        undo: undo.normalised(&prepared.role),
        role: prepared.role,
        cluster: facts,
        checks,
        statements: forward.records,
        locks: forward.locks,
        rollback,
        rollback_by_hand: change.rollback.is_some(),
        inverse,
        proof,
        rows: forward.rows,
        values,
        not_covered: after.not_covered,
    })
}

/// On a structural base, what the contract says about things that exist already decides nothing: it is decided on the
/// target, in the preflight and again inside the apply. A condition that fails here for that reason alone is *not run*.
fn structural(base: Base, judged: Vec<Judged>) -> Vec<Check> {
    let decide = |Judged { check, decidable }: Judged| {
        if base == Base::Restored || decidable || check.passed() {
            check
        } else {
            let observed = check.observed.clone();
            Check::not_run(
                check.id,
                check.check,
                check.expected,
                format!("decided on the target; the structural base shows {observed}"),
            )
        }
    };
    judged.into_iter().map(decide).collect()
}

fn read(session: &mut Session) -> Result<Snapshot, RehearsalError> {
    in_transaction(session, |session| Ok(Snapshot::read(session)?))
}

fn in_transaction<T>(
    session: &mut Session,
    look: impl FnOnce(&mut Session) -> Result<T, RehearsalError>,
) -> Result<T, RehearsalError> {
    session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
    let seen = look(session)?;
    session.execute("ROLLBACK")?;
    Ok(seen)
}

/// The proof that the cluster is not the target: reachable through its socket alone, another system, our own process.
fn isolation(
    cluster: &EphemeralCluster,
    change: &Change,
    options: &Options<'_>,
) -> Result<(ClusterFacts, Vec<Check>), RehearsalError> {
    let mut session = cluster.session("postgres", Purpose::Look)?;
    let row = session.query_one(
        "SELECT pg_catalog.current_setting('listen_addresses'), pg_catalog.current_setting('data_directory'), \
                pg_catalog.current_setting('server_version')",
        &[],
    )?;
    let get = |at: usize| row.try_get::<_, String>(at).map_err(PgError::from);
    let (listens, data, version) = (get(0)?, get(1)?, get(2)?);
    let probe = cluster.probe_tcp();
    let own = cluster.folder().map(|folder| folder.join("data").display().to_string()).unwrap_or_default();
    let identifier = cluster.system_identifier().to_owned();
    let target = match options.target {
        Some(target) => base::identity_of(target, options)?.system_identifier,
        None => change.contract.target.as_ref().and_then(|target| target.system.clone()),
    };
    let text = |listens: &str| if listens.is_empty() { "nowhere".to_owned() } else { listens.to_owned() };
    let mut checks = vec![
        Check::equal("C-1", "the server listens on no network address", "nowhere", text(&listens)),
        Check::decided(
            "C-2",
            "a TCP connection to its port is refused",
            "refused",
            probe.clone().map_or_else(|problem| problem, |()| "refused".to_owned()),
            probe.is_ok(),
        ),
        Check::equal("C-3", "its data lies in the folder made for it", own, data),
    ];
    checks.push(match target {
        Some(target) => Check::decided(
            "C-4",
            "its system identifier is not the target's",
            format!("not {target}"),
            &identifier,
            identifier != target,
        ),
        None => Check::not_run(
            "C-4",
            "its system identifier is not the target's",
            "another one",
            "neither the contract nor the call names the target's; the preflight compares it",
        ),
    });
    let facts = ClusterFacts {
        server_version: version,
        server_version_num: cluster.version(),
        system_identifier: identifier,
        listen_addresses: listens,
        tcp_probe: probe.map_or_else(|problem| problem, |()| "connection refused".to_owned()),
        runs_as: cluster.account().describe().to_owned(),
        removed: false,
    };
    Ok((facts, checks))
}

/// Runs the statements in the open transaction and reads the catalog at its end.
fn forward(session: &mut Session, steps: &[Step], watch: Watch) -> Result<Forward, RehearsalError> {
    let effects = statements::row_effects(session)?;
    let begun = Instant::now();
    let mut starts = Vec::with_capacity(steps.len());
    let Ran { mut records, failed } = statements::run(session, steps, watch, |_| {
        starts.push(begun.elapsed());
    })?;
    let mut failed = failed;
    let mut forward = Forward { records: Vec::new(), failed, after: None, rows: Vec::new(), locks: Vec::new() };
    if !failed {
        match session.execute("SET CONSTRAINTS ALL IMMEDIATE") {
            Ok(_) => {
                forward.rows = statements::effects_between(&effects, &statements::row_effects(session)?);
                forward.after = Some(Snapshot::read(session)?);
            }
            Err(PgError::Server { sqlstate, message, detail, hint, .. }) => {
                failed = true;
                if let Some(last) = records.last_mut() {
                    last.error = Some(statements::ServerError { sqlstate, message, detail, hint });
                }
            }
            Err(failure) => return Err(failure.into()),
        }
    }
    let total = begun.elapsed();
    for (record, start) in records.iter().zip(&starts) {
        for lock in &record.locks {
            forward.locks.push(LockSpan {
                on: lock.on.clone(),
                kind: lock.kind.clone(),
                mode: lock.mode,
                blocks: lock.blocks.clone(),
                from_statement: record.index,
                held_ms: ((total.saturating_sub(*start)).as_secs_f64() * 1_000_000.0).round() / 1_000.0,
            });
        }
    }
    forward.failed = failed;
    forward.records = records;
    Ok(forward)
}

fn statement_checks(records: &[StatementRecord], planned: usize) -> Vec<Check> {
    let ran = records.iter().filter(|record| record.error.is_none()).count();
    let mut check = Check::equal("S-1", "every statement ran", planned, ran);
    if let Some((record, error)) = records.iter().find_map(|record| Some((record, record.error.as_ref()?))) {
        check = check.because(format!("line {}: {} ({})", record.line, error.message, error.sqlstate));
    }
    vec![check]
}

/// Sequences that were moved before they gave a value: no snapshot shows it, but each has a new file.
fn restarted(records: &[StatementRecord], (before, after): (&Snapshot, &Snapshot), delta: &Delta) -> BTreeSet<Key> {
    let stands =
        |side: &Snapshot, key: &Key| side.objects.contains_key(key) && !side.volatile.last_values.contains_key(key);
    let written = records.iter().flat_map(|record| &record.rewrites).map(|name| Key::of_sql("sequence", name));
    written.filter(|key| stands(before, key) && stands(after, key) && delta.of(key).is_none()).collect()
}

/// Back, and forward again. Gives the delta of the way back.
#[allow(clippy::too_many_arguments)]
fn prove(
    session: &mut Session,
    change: &Change,
    steps: &[Step],
    rollback: &str,
    inverse: &Inverse,
    (before, after): (&Snapshot, &Snapshot),
    proof: &mut Proof,
    checks: &mut Vec<Check>,
) -> Result<Delta, RehearsalError> {
    let by_hand = change.rollback.is_some();
    let script = change::read_script(change::ROLLBACK, rollback.as_bytes());
    let undo_steps = match script {
        Ok(script) => change::rollback_steps(&script)?,
        // A synthesised inverse of nothing, or of what cannot be undone, has no statement.
        Err(_) if !by_hand => Vec::new(),
        Err(failure) => return Err(failure.into()),
    };
    session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ WRITE")?;
    let Ran { records, failed } = statements::run(session, &undo_steps, Watch::FromOutside, |_| ())?;
    let problem = records
        .last()
        .and_then(|record| record.error.as_ref())
        .map(|error| format!("{} ({})", error.message, error.sqlstate));
    session.execute(if failed { "ROLLBACK" } else { "COMMIT" })?;
    let undone = read(session)?;
    let restored = undone.fingerprint() == proof.before;
    proof.undone = Some(undone.fingerprint());
    let left = Delta::between(before, &undone);
    let observed = problem.clone().unwrap_or_else(|| if restored { "equal".to_owned() } else { left.to_text() });
    let promised = by_hand || inverse.verdict == Verdict::Exact;
    checks.push(match (promised, restored) {
        (_, true) => Check::decided("U-1", "the rollback restores the catalog (fingerprint)", "equal", "equal", true),
        // What it leaves is a person's choice, and shown to the one who signs.
        (true, false) if by_hand && problem.is_none() => {
            Check::decided("U-1", "the rollback written by hand runs", "it runs", "it runs", true)
                .because(format!("it does not restore the catalog, and leaves this behind:\n{}", left.to_text()))
        }
        (true, false) if by_hand => {
            Check::decided("U-1", "the rollback written by hand runs", "it runs", observed, false)
        }
        (true, false) => {
            Check::decided("U-1", "the rollback restores the catalog (fingerprint)", "equal", observed, false).because(
                format!("{CONTRADICTED}: the inverse was called exact and is not; this is an error of pgwarrant"),
            )
        }
        (false, false) => Check::decided(
            "U-1",
            "the rollback restores what can be restored",
            format!("{:?}", inverse.verdict).to_lowercase(),
            observed,
            problem.is_none(),
        )
        .because("the parts and their reasons are listed with the inverse"),
    });
    let undo = Delta::between(after, &undone);
    if restored {
        session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ WRITE")?;
        let again = forward(session, steps, Watch::FromOutside)?;
        session.execute(if again.failed { "ROLLBACK" } else { "COMMIT" })?;
        let redone: Option<Digest> = again.after.as_ref().map(Snapshot::fingerprint);
        let same = redone.as_ref() == Some(&proof.after);
        let observed = if same { "equal" } else { "different" };
        checks.push(Check::decided("U-2", "applied again, the change gives the same catalog", "equal", observed, same));
        proof.redone = redone;
    } else {
        checks.push(Check::not_run(
            "U-2",
            "applied again, the change gives the same catalog",
            "equal",
            "the way back does not end where the change began",
        ));
    }
    Ok(undo)
}

impl Prepared {
    fn session(&self, cluster: &EphemeralCluster) -> Result<Session, RehearsalError> {
        Ok(cluster.session_as(&self.role, &self.database, Purpose::Change)?)
    }
}
