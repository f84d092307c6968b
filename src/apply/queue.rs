//! Who is in the way: a lock that is waited for makes everybody behind it wait too, so that the queue is looked at before
//! anything stands in it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use serde::Serialize;

use super::ApplyError;
use super::dossier::Dossier;
use crate::base::{Interrupt, LockMode};
use crate::pg::{PgError, Session};
use crate::warrant::Operation;

/// How often the queue is looked at.
const TICK: Duration = Duration::from_millis(100);

/// Somebody who holds, or waits for, a lock that keeps ours out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InTheWay {
    /// Of the server process; none for a prepared transaction.
    pub pid: Option<i32>,
    pub on: String,
    pub mode: LockMode,
    pub granted: bool,
    /// How long its transaction is open, in seconds; where the role may not see that, how long it was watched.
    pub age_s: f64,
    /// Where the role may see them.
    pub query_start: Option<String>,
    pub state: Option<String>,
}

impl std::fmt::Display for InTheWay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.pid {
            Some(pid) => write!(f, "process {pid}")?,
            None => f.write_str("a prepared transaction")?,
        }
        let verb = if self.granted { "holds" } else { "waits for" };
        write!(f, ", open for {:.1} s, {verb} {} on {}", self.age_s, self.mode, self.on)?;
        self.query_start.as_ref().map_or(Ok(()), |since| write!(f, ", its last query since {since}"))
    }
}

/// The locks that an operation will ask for: those of the dry run; to undo it, everything that was touched, wholly.
pub(super) fn wanted(dossier: &Dossier, operation: Operation) -> BTreeMap<String, BTreeSet<LockMode>> {
    let mut wanted: BTreeMap<String, BTreeSet<LockMode>> = BTreeMap::new();
    for lock in &dossier.dry_run.locks {
        let mode = if operation == Operation::Apply { lock.mode } else { LockMode::AccessExclusive };
        wanted.entry(lock.on.clone()).or_default().insert(mode);
    }
    wanted
}

/// Waits until nobody is in the way who was there at first: whoever came later is as short as they were, and a lock gets
/// its turn before those that come after it. Who is there for longer than a lock would be waited for ends it.
pub(super) fn clear(
    session: &mut Session,
    wanted: &BTreeMap<String, BTreeSet<LockMode>>,
    own: &[i32],
    patience: Duration,
    interrupt: &Interrupt,
) -> Result<(), ApplyError> {
    let mut since: BTreeMap<String, Instant> = BTreeMap::new();
    let mut first: Option<BTreeSet<String>> = None;
    loop {
        let mut there = look(session, wanted, own)?;
        since.retain(|transaction, _| there.iter().any(|(found, _)| found == transaction));
        for (transaction, found) in &mut there {
            let watched = since.entry(transaction.clone()).or_insert_with(Instant::now).elapsed();
            found.age_s = found.age_s.max(watched.as_secs_f64());
        }
        if there.iter().any(|(_, found)| found.age_s >= patience.as_secs_f64()) {
            return Err(ApplyError::InTheWay { others: there.into_iter().map(|(_, found)| found).collect() });
        }
        let first = first.get_or_insert_with(|| there.iter().map(|(transaction, _)| transaction.clone()).collect());
        if !there.iter().any(|(transaction, _)| first.contains(transaction)) {
            return Ok(());
        }
        if interrupt.is_set() {
            return Err(PgError::Interrupted.into());
        }
        std::thread::sleep(TICK);
    }
}

/// Everybody else's conflicting locks, with the transaction that has them. Autovacuum makes way by itself.
fn look(
    session: &mut Session,
    wanted: &BTreeMap<String, BTreeSet<LockMode>>,
    own: &[i32],
) -> Result<Vec<(String, InTheWay)>, ApplyError> {
    let names: Vec<&str> = wanted.keys().map(String::as_str).collect();
    let rows = session.query(
        "SELECT w.name, l.mode, l.granted, l.pid, l.virtualtransaction, \
                coalesce(pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - a.xact_start), 0)::float8, \
                a.query_start::text, a.state \
         FROM pg_catalog.unnest($1::text[]) w (name) \
         JOIN pg_catalog.pg_locks l ON l.relation = pg_catalog.to_regclass(w.name) AND l.locktype = 'relation' \
          AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()) \
         LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid \
         WHERE (l.pid IS NULL OR l.pid <> ALL ($2)) \
           AND (a.backend_type IS DISTINCT FROM 'autovacuum worker' OR a.query LIKE '%to prevent wraparound%') \
         ORDER BY a.xact_start, l.pid, w.name, l.mode",
        &[&names, &own],
    )?;
    let mut there = Vec::new();
    for row in &rows {
        let name: String = row.try_get(0).map_err(PgError::from)?;
        let mode: String = row.try_get(1).map_err(PgError::from)?;
        let mode: LockMode = mode
            .parse()
            .map_err(|failure: crate::base::lock::UnknownLockMode| PgError::Decode { problem: failure.to_string() })?;
        if !wanted[&name].iter().any(|ours| ours.conflicts_with(mode)) {
            continue;
        }
        there.push((
            row.try_get(4).map_err(PgError::from)?,
            InTheWay {
                pid: row.try_get(3).map_err(PgError::from)?,
                on: name,
                mode,
                granted: row.try_get(2).map_err(PgError::from)?,
                age_s: row.try_get(5).map_err(PgError::from)?,
                query_start: row.try_get(6).map_err(PgError::from)?,
                state: row.try_get(7).map_err(PgError::from)?,
            },
        ));
    }
    Ok(there)
}
