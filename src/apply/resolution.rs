//! What became of a transaction that nobody heard the end of. The server is asked, and believed only with evidence: an id
//! can be lost in a crash and given to somebody else, and after a failover ids are another server's.

use std::time::{Duration, Instant};

use super::ApplyError;
use super::outcome::{self, Backend, Fate, TransactionId};
use crate::base::Interrupt;
use crate::catalog::{Address, CatalogError, Snapshot};
use crate::delta::Delta;
use crate::pg::{Environment, Identity, Patience, PgError, Purpose, Session, Settings};

/// What a journal holds of a transaction.
pub(super) struct Traces<'a> {
    pub xid: &'a TransactionId,
    /// The sessions that a run without a client has left behind; none where they said goodbye.
    pub left: &'a [Backend],
    /// Where it ran.
    pub then: &'a Identity,
    /// Whether COMMIT can have been sent: its entry is in the journal before.
    pub commit_sent: bool,
    /// Whether the server acknowledged it: then it has kept its word, and the id cannot be another's.
    pub acknowledged: bool,
    /// The catalog before, and as it was verified before COMMIT; none where they were not kept.
    pub sides: &'a dyn Fn() -> Result<Option<(Snapshot, Snapshot)>, ApplyError>,
}

/// An answer, and how it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub fate: Fate,
    pub evidence: String,
}

impl Known {
    fn by(fate: Fate, evidence: &str) -> Self {
        Self { fate, evidence: evidence.to_owned() }
    }
}

/// How long a transaction that is still in progress is waited for.
const IN_PROGRESS: Duration = Duration::from_secs(60);

/// Asks on a connection that stands, where the last statement was answered: the server that answered is the one that knows.
/// None where that gives no answer: a fresh connection does.
pub(super) fn ask_beside(traces: &Traces<'_>, session: &mut Session) -> Option<Known> {
    session.allow_interrupts(false);
    let problem = match settle(traces, session) {
        Ok(Ok(known)) => return Some(known),
        Ok(Err(problem)) => problem,
        Err(failure) => failure.to_string(),
    };
    log::info!(target: "pgwarrant.apply", "asked again on a fresh connection: {problem}");
    None
}

/// Asks on a fresh connection; where no server answers, again until the patience ends. The inner error says why nobody
/// knows.
pub(super) fn ask(
    traces: &Traces<'_>,
    settings: &Settings,
    environment: &Environment,
    interrupt: &Interrupt,
    patience: Duration,
) -> Result<Result<Known, String>, ApplyError> {
    let deadline = Instant::now() + patience;
    loop {
        let connected = Session::connect(settings, environment, Purpose::Look, Patience::LOOKING, interrupt);
        let answer = connected.map_err(ApplyError::from).and_then(|mut session| settle(traces, &mut session));
        match answer {
            Ok(known) => return Ok(known),
            Err(ApplyError::Pg(PgError::Interrupted)) => return Err(PgError::Interrupted.into()),
            // A server that comes back is worth waiting for.
            Err(failure) if Instant::now() < deadline && is_away(&failure) => {
                std::thread::sleep(Duration::from_millis(250));
            }
            Err(failure @ (ApplyError::Pg(_) | ApplyError::Catalog(_))) => return Ok(Err(failure.to_string())),
            Err(failure) => return Err(failure),
        }
    }
}

fn is_away(failure: &ApplyError) -> bool {
    let lost = |failure: &PgError| failure.is_lost() || matches!(failure, PgError::Connect { .. });
    match failure {
        ApplyError::Pg(failure) => lost(failure),
        ApplyError::Catalog(CatalogError::Read { source }) => lost(source),
        _ => false,
    }
}

fn settle(traces: &Traces<'_>, session: &mut Session) -> Result<Result<Known, String>, ApplyError> {
    let now = Identity::read(session)?;
    if let Some(moved) = is_elsewhere(traces.then, &now)? {
        return by_catalog_alone(traces, session, &moved);
    }
    for backend in traces.left {
        backend.end(session)?;
    }
    let Some(fate) = outcome::resolve(session, traces.xid, traces.left.first(), IN_PROGRESS)? else {
        return Ok(Err("the transaction is still in progress".to_owned()));
    };
    let known = match fate {
        Fate::Aborted => Known::by(fate, "pg_xact_status says aborted, the id was durable"),
        Fate::Lost => {
            Known::by(fate, "pg_xact_status says that the id was never given out: a crash lost it with all it did")
        }
        Fate::Forgotten => return by_catalog_alone(traces, session, "the server no longer knows the transaction"),
        Fate::Committed if traces.acknowledged => Known::by(fate, "acknowledged, and pg_xact_status says committed"),
        Fate::Committed => match look(traces, session)? {
            Side::Written => Known::by(fate, "pg_xact_status says committed, and rows of the change bear its id"),
            Side::After => {
                Known::by(fate, "pg_xact_status says committed, and the catalog is the one verified before COMMIT")
            }
            Side::Before => {
                Known::by(Fate::Lost, "the catalog is the one before: the id was lost in a crash, and is another's")
            }
            Side::Unsent => {
                Known::by(Fate::Lost, "COMMIT was never sent: the id was lost in a crash, and is another's")
            }
            // Rows of tables alone: nothing of it could show in the catalog.
            Side::Same => {
                Known::by(fate, "pg_xact_status says committed, the id was durable; the change writes no catalog")
            }
            Side::Neither => {
                return Ok(Err("the server says committed, but no row of the change bears the transaction's id, and \
                               the catalog is neither the one before nor the one after"
                    .to_owned()));
            }
        },
    };
    Ok(Ok(known))
}

/// Whether ids mean something else here. Another server or database is a mistake of whoever asks.
pub(super) fn is_elsewhere(then: &Identity, now: &Identity) -> Result<Option<String>, ApplyError> {
    let identifier = |identity: &Identity| identity.system_identifier.clone().unwrap_or_else(|| "unproven".into());
    for (field, signed, found) in [
        ("system identifier", identifier(then), identifier(now)),
        ("database oid", then.database_oid.to_string(), now.database_oid.to_string()),
    ] {
        if signed != found {
            return Err(ApplyError::OtherTarget { field, signed, found });
        }
    }
    if now.in_recovery {
        return Err(ApplyError::Standby);
    }
    Ok((then.timeline != now.timeline)
        .then(|| "another server took over since: transaction ids are its own".to_owned()))
}

/// Where ids say nothing, the catalog as it stands is the last word.
fn by_catalog_alone(
    traces: &Traces<'_>,
    session: &mut Session,
    why: &str,
) -> Result<Result<Known, String>, ApplyError> {
    let known = |fate, because: &str| Ok(Known { fate, evidence: format!("{why}; {because}") });
    Ok(match look(traces, session)? {
        Side::Unsent => known(Fate::Lost, "COMMIT was never sent"),
        Side::After => known(Fate::Committed, "the catalog is the one verified before COMMIT"),
        Side::Before => known(Fate::Lost, "the catalog is the one before"),
        Side::Same => Err(format!("{why}, and the change shows in no catalog: a person looks at its rows")),
        Side::Written | Side::Neither => {
            Err(format!("{why}, and the catalog is neither the one before nor the one after"))
        }
    })
}

/// What the catalog says of a transaction.
enum Side {
    Before,
    After,
    /// Neither, but objects of the change are there, in rows that bear the id.
    Written,
    /// The change writes no catalog.
    Same,
    Neither,
    /// The journal shows that COMMIT was never sent.
    Unsent,
}

fn look(traces: &Traces<'_>, session: &mut Session) -> Result<Side, ApplyError> {
    if !traces.commit_sent {
        return Ok(Side::Unsent);
    }
    let Some((before, after)) = (traces.sides)()? else { return Ok(Side::Neither) };
    let delta = Delta::between(&before, &after);
    if delta.changes.is_empty() {
        return Ok(Side::Same);
    }
    let now = Snapshot::begin(session)?;
    let written = outcome::written_by(session, traces.xid)?;
    session.execute("ROLLBACK")?;
    // Objects are told by name and oid: after a crash oids too are given out again.
    let is_ours = |address: &Address| {
        let key = now.volatile.addresses.get(address);
        key.is_some()
            && key == after.volatile.addresses.get(address)
            && delta.changes.iter().any(|change| Some(&change.key) == key)
    };
    Ok(match now.fingerprint() {
        now if now == after.fingerprint() => Side::After,
        now if now == before.fingerprint() => Side::Before,
        _ if written.iter().any(is_ours) => Side::Written,
        _ => Side::Neither,
    })
}
