//! The read-only look at the target: one repeatable-read, read-only transaction, a fixed set of queries, no statement of
//! anyone else's.

pub mod error;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::base::{Check, Digest, Interrupt, Outcome};
use crate::catalog::{NotCovered, Noun, Scope, Snapshot};
use crate::change::Change;
use crate::contract::Judged;
use crate::pg::{Environment, Identity, Patience, PgError, Purpose, Session, Settings, Transport};
use crate::rows;

pub use error::PreflightError;

pub const FORMAT: u32 = 1;

/// An event trigger of the target: code that runs on statements nobody wrote it for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventTrigger {
    pub name: String,
    pub event: String,
    pub function: String,
    pub enabled: bool,
}

/// A setting that a role or database plants into every session. Ours are pinned against them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleSetting {
    pub role: Option<String>,
    pub database: Option<String>,
    pub setting: String,
}

/// What was seen (`preflight.json`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Preflight {
    pub format: u32,
    pub outcome: Outcome,
    /// UTC, RFC 3339.
    pub at: String,
    pub target: Identity,
    pub checks: Vec<Check>,
    /// Of the whole catalog.
    pub fingerprint: Digest,
    pub counts: BTreeMap<Noun, u64>,
    pub event_triggers: Vec<EventTrigger>,
    pub role_settings: Vec<RoleSetting>,
    pub not_covered: Vec<NotCovered>,
}

/// What a preflight may compare with beyond the contract.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// The dry run's cluster: it must be another one.
    pub rehearsal_system_identifier: Option<String>,
}

/// Looks at the target.
pub fn look(
    change: &Change,
    target: &str,
    context: &Context,
    environment: &Environment,
    interrupt: &Interrupt,
) -> Result<(Preflight, Snapshot), PreflightError> {
    let settings = Settings::resolve(target, environment)?;
    let mut session = Session::connect(&settings, environment, Purpose::Look, Patience::LOOKING, interrupt)?;
    let at = crate::base::clock::now();
    let snapshot = Snapshot::begin(&mut session)?;
    let identity = Identity::read(&mut session)?;
    let asked = rows::ask(&mut session, &change.contract, &snapshot)?;
    let event_triggers = event_triggers(&mut session)?;
    let role_settings = role_settings(&mut session)?;
    session.execute("ROLLBACK")?;
    let mut checks = identity_checks(change, &identity, context);
    checks.extend(Judged::checks(change.contract.evaluate_before(&snapshot, &asked.answers)));
    let outcome = if checks.iter().all(Check::passed) { Outcome::Pass } else { Outcome::Fail };
    let preflight = Preflight {
        format: FORMAT,
        outcome,
        at: at.to_string(),
        target: identity,
        checks,
        fingerprint: snapshot.fingerprint(),
        counts: counts(&snapshot),
        event_triggers,
        role_settings,
        not_covered: snapshot.not_covered.clone(),
    };
    Ok((preflight, snapshot))
}

/// Every noun this snapshot can count.
pub fn counts(snapshot: &Snapshot) -> BTreeMap<Noun, u64> {
    Noun::ALL.iter().filter_map(|noun| Some((*noun, snapshot.count(*noun, &Scope::Database).ok()?))).collect()
}

fn identity_checks(change: &Change, identity: &Identity, context: &Context) -> Vec<Check> {
    let mut checks = Vec::new();
    if let Some(target) = &change.contract.target {
        checks.push(Check::equal("I-1", "database of the target", &target.database, &identity.database));
        if let Some(system) = &target.system {
            let found = identity.system_identifier.clone().unwrap_or_else(|| "unproven".into());
            checks.push(Check::equal("I-2", "system identifier of the target", system, found));
        }
    }
    checks.push(match &identity.system_identifier {
        Some(found) => Check::decided("I-3", "the system identifier can be read", "readable", found, true),
        None => {
            Check::decided("I-3", "the system identifier can be read", "readable", "not readable by this role", false)
                .because("GRANT EXECUTE ON FUNCTION pg_control_system() TO the role, so that the target can be proven")
        }
    });
    let place = if identity.in_recovery { "standby" } else { "primary" };
    checks.push(Check::equal("I-4", "the target is not a standby", "primary", place));
    checks.push(match (&context.rehearsal_system_identifier, &identity.system_identifier) {
        (Some(rehearsal), Some(target)) => Check::decided(
            "I-5",
            "the dry run's cluster is another one than the target's",
            format!("not {target}"),
            rehearsal,
            rehearsal != target,
        ),
        (Some(_), None) => Check::decided(
            "I-5",
            "the dry run's cluster is another one than the target's",
            "a different system identifier",
            "unproven",
            false,
        ),
        (None, _) => Check::decided("I-5", "the session only reads", "read only", "read only", identity.read_only),
    });
    let transport = serde_json::to_value(identity.transport).ok();
    let transport = transport.as_ref().and_then(serde_json::Value::as_str).unwrap_or("unknown").to_owned();
    let proven = matches!(identity.transport, Transport::UnixSocket | Transport::VerifyFull);
    let mut check =
        Check::decided("I-6", "how the server was reached", "unix-socket or verify-full for an apply", transport, true);
    if !proven {
        check = check.because("good enough to look; an apply refuses it");
    }
    checks.push(check);
    checks
}

fn event_triggers(session: &mut Session) -> Result<Vec<EventTrigger>, PgError> {
    let rows = session.query(
        "SELECT e.evtname::text, e.evtevent::text, p.oid::pg_catalog.regprocedure::text, e.evtenabled <> 'D' \
         FROM pg_catalog.pg_event_trigger e JOIN pg_catalog.pg_proc p ON p.oid = e.evtfoid ORDER BY 1",
        &[],
    )?;
    rows.iter()
        .map(|row| {
            Ok(EventTrigger {
                name: row.try_get(0)?,
                event: row.try_get(1)?,
                function: row.try_get(2)?,
                enabled: row.try_get(3)?,
            })
        })
        .collect()
}

fn role_settings(session: &mut Session) -> Result<Vec<RoleSetting>, PgError> {
    // Only names and values that matter for reading bytes; a value may hold a secret, so custom settings show no value.
    let rows = session.query(
        "SELECT r.rolname::text, d.datname::text, \
                CASE WHEN pg_catalog.strpos(pg_catalog.split_part(c, '=', 1), '.') > 0 \
                     THEN pg_catalog.split_part(c, '=', 1) || '=...' ELSE c END \
         FROM pg_catalog.pg_db_role_setting s LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole \
         LEFT JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase, pg_catalog.unnest(s.setconfig) c \
         WHERE s.setdatabase = 0 OR d.datname = pg_catalog.current_database() ORDER BY 1, 2, 3",
        &[],
    )?;
    rows.iter()
        .map(|row| Ok(RoleSetting { role: row.try_get(0)?, database: row.try_get(1)?, setting: row.try_get(2)? }))
        .collect()
}
