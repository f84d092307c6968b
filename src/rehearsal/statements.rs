//! Statements run in order inside an open transaction, and what each of them really did.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::base::LockMode;
use crate::change::Step;
use crate::pg::{Answered, Notice, PgError, Session};

/// A lock seen held after a statement.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct HeldLock {
    /// `schema.name`, quoted where needed.
    pub on: String,
    /// `table`, `index`, `view`, ...
    pub kind: String,
    pub mode: LockMode,
    pub blocks: String,
}

/// What became of one statement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StatementRecord {
    pub index: usize,
    pub line: usize,
    pub column: usize,
    pub tag: String,
    pub text: String,
    /// Rows the server says it touched; 0 for schema changes.
    pub rows: u64,
    /// What the server took for it: from the answer before to its own. Where statements are sent without waiting
    /// ([`Watch::FromOutside`]) answers may be read together, and the first of them then has the time of all.
    pub duration_ms: f64,
    /// Locks that this statement was the first to take.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub locks: Vec<HeldLock>,
    /// Tables, indexes and sequences whose storage this statement wrote anew.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rewrites: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<Notice>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ServerError>,
}

/// The server's refusal of a statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerError {
    pub sqlstate: String,
    pub message: String,
    pub detail: Option<String>,
    pub hint: Option<String>,
}

/// How closely a run is watched. Watching adds our own fixed catalog queries between the statements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Watch {
    /// Locks and rewrites after every statement: for the dry run.
    Closely,
    /// Nothing between the statements, which are sent without waiting for each answer: for the target, where locks are held
    /// while we look.
    FromOutside,
}

/// The outcome of running statements: all of them, or up to the one the server refused.
#[derive(Clone, Debug)]
pub struct Ran {
    pub records: Vec<StatementRecord>,
    pub failed: bool,
}

/// Runs the steps in order in the open transaction; the first error ends it. A lost connection is not an outcome but an
/// error. None of the steps controls the transaction ([`crate::change::steps`]).
pub fn run(session: &mut Session, steps: &[Step], watch: Watch, announce: impl FnMut(&Step)) -> Result<Ran, PgError> {
    session.take_notices();
    match watch {
        Watch::Closely => watched(session, steps, announce),
        Watch::FromOutside => unwatched(session, steps, announce),
    }
}

fn watched(session: &mut Session, steps: &[Step], mut announce: impl FnMut(&Step)) -> Result<Ran, PgError> {
    let mut records = Vec::with_capacity(steps.len());
    let mut held = locks(session)?;
    let mut files = storage(session)?;
    for step in steps {
        announce(step);
        let begun = Instant::now();
        let rows = session.execute(&step.text);
        let answer = Answered { rows, duration: begun.elapsed(), notices: session.take_notices() };
        let mut record = StatementRecord::of(step, answer)?;
        if record.error.is_some() {
            records.push(record);
            return Ok(Ran { records, failed: true });
        }
        let now = locks(session)?;
        record.locks = now.difference(&held).cloned().collect();
        held = now;
        let after = storage(session)?;
        record.rewrites = rewritten(&files, &after);
        files = after;
        records.push(record);
    }
    Ok(Ran { records, failed: false })
}

/// All on their way at once: the server refuses what is behind the first error.
fn unwatched(session: &mut Session, steps: &[Step], mut announce: impl FnMut(&Step)) -> Result<Ran, PgError> {
    let texts: Vec<&str> = steps.iter().map(|step| step.text.as_str()).collect();
    let answers = session.execute_each(&texts, |at| announce(&steps[at]))?;
    let records: Vec<StatementRecord> =
        steps.iter().zip(answers).map(|(step, answer)| StatementRecord::of(step, answer)).collect::<Result<_, _>>()?;
    let failed = records.last().is_some_and(|record| record.error.is_some());
    Ok(Ran { records, failed })
}

impl StatementRecord {
    /// What the server answered to a step; an error where it was not the statement that it refused.
    fn of(step: &Step, answer: Answered) -> Result<Self, PgError> {
        let (rows, error) = match answer.rows {
            Ok(rows) => (rows, None),
            Err(PgError::Server { sqlstate, message, detail, hint, .. }) if !sqlstate.starts_with("57P") => {
                (0, Some(ServerError { sqlstate, message, detail, hint }))
            }
            Err(failure) => return Err(failure),
        };
        Ok(Self {
            index: step.index,
            line: step.place.line,
            column: step.place.column,
            tag: step.tag.clone(),
            text: step.text.clone(),
            rows,
            duration_ms: rounded(answer.duration),
            locks: Vec::new(),
            rewrites: Vec::new(),
            notices: answer.notices,
            error,
        })
    }
}

/// Milliseconds since an instant, to the microsecond.
pub fn milliseconds(since: Instant) -> f64 {
    rounded(since.elapsed())
}

fn rounded(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1_000_000.0).round() / 1_000.0
}

const RELATION_KIND: &str = "CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'table' WHEN 'i' THEN 'index' \
     WHEN 'I' THEN 'index' WHEN 'S' THEN 'sequence' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' \
     WHEN 'f' THEN 'foreign table' WHEN 't' THEN 'toast table' ELSE c.relkind::text END";

/// The relation locks this session holds on anything but the system's own catalogs.
pub fn locks(session: &mut Session) -> Result<BTreeSet<HeldLock>, PgError> {
    let sql = format!(
        "SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname), {RELATION_KIND}, l.mode \
         FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_class c ON c.oid = l.relation \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE l.pid = pg_catalog.pg_backend_pid() AND l.locktype = 'relation' AND l.granted \
           AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')"
    );
    let mut held = BTreeSet::new();
    for row in session.query(&sql, &[])? {
        let name: String = row.try_get(2)?;
        let mode: LockMode = name
            .parse()
            .map_err(|failure: crate::base::lock::UnknownLockMode| PgError::Decode { problem: failure.to_string() })?;
        held.insert(HeldLock { on: row.try_get(0)?, kind: row.try_get(1)?, mode, blocks: mode.blocks().to_owned() });
    }
    Ok(held)
}

/// The storage file of every table, materialized view, index and sequence of users: a new file means it was written anew.
fn storage(session: &mut Session) -> Result<BTreeMap<u32, (String, u32)>, PgError> {
    let rows = session.query(
        "SELECT c.oid, pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname), c.relfilenode \
         FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE c.relkind IN ('r', 'm', 'i', 'S') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')",
        &[],
    )?;
    rows.iter().map(|row| Ok((row.try_get(0)?, (row.try_get(1)?, row.try_get(2)?)))).collect()
}

fn rewritten(before: &BTreeMap<u32, (String, u32)>, after: &BTreeMap<u32, (String, u32)>) -> Vec<String> {
    let changed = |oid: &u32, file: u32| before.get(oid).is_some_and(|(_, old)| *old != file);
    let mut names: Vec<String> =
        after.iter().filter(|(oid, (_, file))| changed(oid, *file)).map(|(_, (name, _))| name.clone()).collect();
    names.sort();
    names
}

/// Rows that a transaction inserted, updated and deleted in one table, as the server counted them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowEffect {
    pub table: String,
    pub inserted: i64,
    pub updated: i64,
    pub deleted: i64,
}

/// Row effects by table.
pub type RowEffects = BTreeMap<String, RowEffect>;

/// The row effects so far in this transaction. Triggers and functions count too: nothing hides here.
pub fn row_effects(session: &mut Session) -> Result<RowEffects, PgError> {
    let rows = session.query_again(
        "SELECT pg_catalog.quote_ident(schemaname) || '.' || pg_catalog.quote_ident(relname), n_tup_ins, n_tup_upd, n_tup_del \
         FROM pg_catalog.pg_stat_xact_user_tables WHERE n_tup_ins + n_tup_upd + n_tup_del > 0",
    )?;
    rows.iter()
        .map(|row| {
            let table: String = row.try_get(0)?;
            let effect = RowEffect {
                table: table.clone(),
                inserted: row.try_get(1)?,
                updated: row.try_get(2)?,
                deleted: row.try_get(3)?,
            };
            Ok((table, effect))
        })
        .collect()
}

/// What was added between two looks.
pub fn effects_between(before: &RowEffects, after: &RowEffects) -> Vec<RowEffect> {
    after
        .values()
        .filter_map(|now| {
            let then = before.get(&now.table);
            let added = |now: i64, then: Option<i64>| now - then.unwrap_or(0);
            let effect = RowEffect {
                table: now.table.clone(),
                inserted: added(now.inserted, then.map(|then| then.inserted)),
                updated: added(now.updated, then.map(|then| then.updated)),
                deleted: added(now.deleted, then.map(|then| then.deleted)),
            };
            (effect.inserted != 0 || effect.updated != 0 || effect.deleted != 0).then_some(effect)
        })
        .collect()
}
