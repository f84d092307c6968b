//! From the first statement to a known outcome: the statements, what is verified before COMMIT, COMMIT itself, and the look
//! afterwards.

use std::time::Duration;

use serde_json::json;

use super::dossier::{self, names};
use super::gate::Gated;
use super::outcome::TransactionId;
use super::record::{RunError, RunOutcome};
use super::resolution::{self, Known, Traces};
use super::run::{Performed, Run, Then, Work};
use super::witness::{self, Explained, Witness};
use super::{ApplyError, recovery, report};
use crate::base::{Check, Coded as _, Digest, Interrupt, both, file};
use crate::catalog::{Basis, Snapshot};
use crate::contract::{After, Judged};
use crate::delta::Delta;
use crate::journal::Journal;
use crate::pg::{Identity, Patience, PgError, Purpose, Session};
use crate::rehearsal::statements::{self, Ran, RowEffect, Watch};
use crate::rows::guards::{self, Guarded};
use crate::rows::{self, ValueChange};
use crate::warrant::Operation;

/// How long the answer to a cancel is waited for.
const GRACE: Duration = Duration::from_secs(5);

/// What the transaction saw, before its end.
#[derive(Default)]
pub(super) struct Seen {
    pub checks: Vec<Check>,
    pub records: Vec<statements::StatementRecord>,
    pub error: Option<RunError>,
    pub before: Option<Snapshot>,
    /// What the second look starts from.
    pub basis: Option<Basis>,
    pub after: Option<Snapshot>,
    /// The digest of the file that holds it.
    pub saved: Option<Digest>,
    pub delta: Option<Delta>,
    pub witness: Option<Witness>,
    pub rows: Vec<RowEffect>,
    pub values: Vec<ValueChange>,
    pub guarded: Vec<Guarded>,
}

impl Seen {
    fn holds(&self) -> bool {
        // Everything was looked at: what was never looked at does not hold.
        self.error.is_none() && self.saved.is_some() && self.witness.is_some() && self.checks.iter().all(Check::passed)
    }
}

/// What two looks at the catalog tell.
struct Told<'a> {
    delta: Delta,
    /// Whether it is what was rehearsed.
    same: Check,
    explained: Explained<'a>,
    /// The digest of the second look's file.
    saved: Result<Digest, ApplyError>,
}

impl Run<'_> {
    /// Everything between the first statement and the end of the transaction. An error here is the connection's or the
    /// catalog's; a statement that the server refuses and a check that fails are in `seen`.
    pub(super) fn in_transaction(
        &self,
        (session, second): (&mut Session, &mut Session),
        xid: &TransactionId,
        gated: &Gated,
        (work, Then { asked, lookout, effects }): (&Work, Then),
        seen: &mut Seen,
    ) -> Result<(), ApplyError> {
        let dossier = self.dossier;
        let operation = self.request.operation;
        if operation == Operation::Rollback {
            let Some(before) = &seen.before else { return Ok(()) };
            guards::lock(session, dossier.guards(), before)?;
            let now = guards::measure(session, dossier.guards(), before)?;
            let guarded = guards::checks(&dossier.applied()?.guarded(self.ledger)?, &now);
            let left_out = dossier.unguarded(before)?;
            let shown = if left_out.is_empty() { "nothing".to_owned() } else { left_out.join(", ") };
            let all = "everything that holds rows and would be dropped was measured after the change";
            seen.checks.push(Check::decided("G-0", all, "nothing left out", shown, left_out.is_empty()));
            let empty = left_out.is_empty() && guarded.iter().all(Check::passed);
            seen.checks.extend(guarded);
            if !empty {
                return Ok(());
            }
        }
        let Ran { records, failed } = statements::run(session, &work.steps, Watch::FromOutside, |_| ())?;
        seen.records = records;
        if failed {
            seen.error = seen.records.last().and_then(RunError::of);
            return Ok(());
        }
        if operation == Operation::Rollback {
            // An inverse may have let go of this pin for functions that it makes again.
            session.execute("SET LOCAL check_function_bodies = on")?;
        }
        if let Some(error) = settle_constraints(session)? {
            seen.error = Some(error);
            return Ok(());
        }
        // An id that another session takes now: ours lie before it.
        let (now, newest) = both(|| statements::row_effects(session), || TransactionId::take(second));
        seen.rows = statements::effects_between(&effects, &now?);
        let newest = newest?;
        let (Some(before), Some(basis)) = (&seen.before, &mut seen.basis) else { return Ok(()) };
        let after = basis.again(session, second)?;
        let guards = if operation == Operation::Apply { dossier.guards() } else { &[] };
        // The server looks on while the difference is found.
        let (looked, told) = both(
            || -> Result<_, ApplyError> {
                let answers = rows::ask_and_measure(session, &dossier.change.contract, guards, &after)?;
                Ok((answers, lookout.look(session, (xid, &newest))?))
            },
            || self.tell(gated, before, &after),
        );
        let ((answers, guarded), sighting) = looked?;
        let Told { delta, same, explained, saved } = told;
        seen.saved = Some(saved?);
        seen.checks.push(same);
        seen.values = rows::changes(&asked, &answers);
        let evidence = After {
            before,
            after: &after,
            delta: &delta,
            rows_before: &asked.answers,
            rows_after: &answers.answers,
            values: &seen.values,
            statements: &dossier.facts,
        };
        let (still, (judged, (witness, accounted))) = both(
            || self.still_ours(session, xid, gated),
            || {
                let judged = (operation == Operation::Apply)
                    .then(|| Judged::checks(dossier.change.contract.evaluate_after(&evidence)));
                (judged.unwrap_or_default(), sighting.explain(&explained))
            },
        );
        seen.checks.extend(judged);
        if operation == Operation::Apply && seen.checks.iter().all(Check::passed) {
            seen.guarded = guarded?;
        }
        seen.checks.push(witness::rows(&seen.rows, &work.writes, &after));
        seen.checks.extend(accounted);
        seen.witness = Some(witness);
        seen.delta = Some(delta);
        seen.after = Some(after);
        seen.checks.extend(still?);
        Ok(())
    }

    /// What is made of the two looks without the server.
    fn tell<'a>(&'a self, gated: &'a Gated, before: &'a Snapshot, after: &'a Snapshot) -> Told<'a> {
        let (dossier, operation) = (self.dossier, self.request.operation);
        let delta = Delta::between(before, after);
        let observed = delta.normalised(&gated.identity.current_user);
        let expected = dossier.expected(operation);
        let mut same = Check::equal("D-2", "the delta equals the one rehearsed (digest)", expected, observed.digest());
        if !same.passed() {
            same = same.because(report::first_differences(dossier.rehearsed(operation), &observed));
        }
        let rehearsed = (dossier.rehearsed(operation), gated.identity.current_user.as_str());
        let saved = after.to_json().map_err(ApplyError::from).and_then(|json| {
            self.save(names::AFTER, &json)?;
            Ok(Digest::of(&json))
        });
        Told { delta, same, explained: Explained::by(before, after, rehearsed), saved }
    }

    /// Right before COMMIT: the same transaction, the same backend, the same role, the same settings.
    fn still_ours(&self, session: &mut Session, xid: &TransactionId, gated: &Gated) -> Result<Vec<Check>, ApplyError> {
        let current = TransactionId::current(session)?;
        let now = Identity::read(session)?;
        let pins = session.check_pins();
        let observed = |pins: &Result<(), PgError>| match pins {
            Ok(()) => "as pinned".to_owned(),
            Err(failure) => failure.to_string(),
        };
        Ok(vec![
            Check::equal(
                "T-1",
                "the transaction is still the one that was begun",
                &xid.0,
                current.map_or("none".to_owned(), |id| id.0),
            ),
            Check::equal("T-2", "the server process is still the same", gated.identity.backend_pid, now.backend_pid),
            Check::equal(
                "T-3",
                "the role is still the one that was signed",
                &self.authorised.warrant().role,
                &now.current_user,
            ),
            Check::decided(
                "T-4",
                "the session's settings are still pinned",
                "as pinned",
                observed(&pins),
                pins.is_ok(),
            ),
        ])
    }

    /// COMMIT or ROLLBACK, and what became of it: asked on another connection, never taken from the driver. `beside` is one
    /// that stands.
    pub(super) fn end(
        &self,
        (mut session, mut beside): (Session, Session),
        journal: &mut Journal,
        gated: &Gated,
        xid: &TransactionId,
        mut ran: Result<(), ApplyError>,
        seen: &mut Seen,
    ) -> Result<Known, ApplyError> {
        let mut commit = ran.is_ok() && seen.holds();
        if commit {
            // On the disk before COMMIT is sent: whoever finds out afterwards that it went through has both sides.
            // What cannot be kept is not committed.
            let kept = self.keep(seen).and_then(|()| Ok(journal.append("commit", json!({"xid": xid})).map(drop)?));
            commit = kept.is_ok();
            ran = kept;
        }
        session.allow_interrupts(false);
        let open = session.is_open().then_some(session);
        // It says goodbye when everything is known: a server that ends a session works on that too.
        let ended = open.and_then(|session| self.say(session, if commit { "COMMIT" } else { "ROLLBACK" }));
        let heard = ended.is_some();
        let left = if heard { Vec::new() } else { vec![gated.backend.clone()] };
        let traces = Traces {
            xid,
            left: &left,
            then: &gated.identity,
            commit_sent: commit,
            acknowledged: heard,
            sides: &|| recovery::sides(&self.folder.path),
        };
        // Finding out is never interrupted: not knowing would be worse than waiting.
        let calm = Interrupt::default();
        let patience = self.request.patience;
        let at_hand = if heard { resolution::ask_beside(&traces, &mut beside) } else { None };
        let known = match at_hand {
            Some(known) => Ok(known),
            None => resolution::ask(&traces, &gated.settings, self.request.environment, &calm, patience)?,
        };
        let known = known.map_err(|problem| ApplyError::Unresolved { run: self.folder.name.clone(), problem })?;
        let written = journal.append(
            "outcome",
            json!({"xid": xid, "fate": known.fate, "evidence": known.evidence, "commit_sent": commit}),
        );
        match (ran, written) {
            // The connection broke, or we were interrupted, before COMMIT was sent: known to be undone, and said so.
            (Err(failure), _) if !known.fate.is_committed() => Err(failure),
            (_, Ok(_)) => Ok(known),
            (_, Err(failure)) if known.fate.is_committed() => {
                Err(ApplyError::Unrecorded { run: self.folder.name.clone(), source: Box::new(failure.into()) })
            }
            (_, Err(failure)) => Err(failure.into()),
        }
    }

    /// What is measured for a rollback, on the disk; both looks at the catalog lie there already.
    fn keep(&self, seen: &Seen) -> Result<(), ApplyError> {
        let missing =
            || ApplyError::io("keeping", &self.folder.path)(std::io::Error::other("the second look was not saved"));
        let after = seen.saved.as_ref().ok_or_else(missing)?;
        let guarded = serde_json::to_vec(&seen.guarded).map_err(ApplyError::encode)?;
        // The disk takes its time for each, and locks are held.
        let (saved, vouched) =
            both(|| self.save(names::GUARDED, &guarded), || self.ledger.vouch(&dossier::measured(after, &guarded)));
        saved?;
        Ok(vouched?)
    }

    /// Sends the last statement of a session, and gives it back. None where nobody answered: a connection that swallows the
    /// answer is waited for no longer than the patience, on a thread that ends with it or with our process.
    fn say(&self, mut session: Session, statement: &'static str) -> Option<Session> {
        let patience = self.request.patience;
        let (done, waiting) = std::sync::mpsc::channel();
        let speaking = std::thread::Builder::new().name("pgwarrant-end".into()).spawn(move || {
            let answer = session.execute_within(statement, patience);
            // Nobody waits any more once the patience is over.
            let _ = done.send(answer.map(|_| session));
        });
        let answer = match speaking {
            Ok(_) => waiting.recv_timeout(patience + GRACE).map_err(|failure| failure.to_string()),
            Err(failure) => Err(failure.to_string()),
        };
        match answer {
            Ok(Ok(session)) => Some(session),
            Ok(Err(failure)) => {
                log::warn!(target: "pgwarrant.apply", "{statement} was not acknowledged: {failure}");
                None
            }
            Err(failure) => {
                log::warn!(target: "pgwarrant.apply", "{statement} was not answered: {failure}");
                None
            }
        }
    }

    pub(super) fn save(&self, name: &str, bytes: &[u8]) -> Result<(), ApplyError> {
        let path = self.folder.path.join(name);
        file::write(&path, bytes).map_err(ApplyError::io("writing", &path))
    }

    /// A fresh connection looks at what stands now.
    pub(super) fn verify(&self, performed: &mut Performed) -> Result<(), ApplyError> {
        let calm = Interrupt::default();
        let mut session = Session::connect(
            &performed.gated.settings,
            self.request.environment,
            Purpose::Look,
            Patience::LOOKING,
            &calm,
        )?;
        let now = Snapshot::begin(&mut session)?;
        let identity = Identity::read(&mut session)?;
        let fingerprint = now.fingerprint();
        let committed = performed.transaction.outcome.is_committed();
        let mut checks = vec![Check::equal(
            "F-1",
            "the target is still the same server",
            performed.gated.identity.system_identifier.clone().unwrap_or_default(),
            identity.system_identifier.clone().unwrap_or_default(),
        )];
        if committed {
            let expected = performed.fingerprints.after.clone();
            checks.push(Check::equal(
                "F-2",
                "the catalog is the one verified before COMMIT (fingerprint)",
                expected.map_or_else(|| "none".to_owned(), |digest| digest.to_string()),
                &fingerprint,
            ));
            checks.push(Check::equal("F-3", "the server says the transaction was committed", "committed", "committed"));
        } else {
            checks.push(Check::equal(
                "F-2",
                "the target is unchanged (fingerprint)",
                &performed.fingerprints.before,
                &fingerprint,
            ));
            let fate = serde_json::to_value(performed.transaction.outcome).map_err(ApplyError::encode)?;
            checks.push(Check::decided(
                "F-3",
                "the server says the transaction was not committed",
                "aborted or lost",
                fate.as_str().unwrap_or(""),
                true,
            ));
        }
        session.execute("ROLLBACK")?;
        let verified = checks.iter().all(Check::passed);
        performed.outcome = match (committed, verified) {
            (true, true) => RunOutcome::Pass,
            (true, false) => RunOutcome::Fail,
            (false, _) if performed.seen.error.is_some() || performed.seen.records.is_empty() => RunOutcome::Blocked,
            (false, _) => RunOutcome::RolledBack,
        };
        performed.transaction.evidence.push_str(match (committed, verified) {
            (true, true) => "; the catalog shows the delta",
            (true, false) => "; the catalog was changed since",
            (false, true) => "; the catalog shows no delta",
            (false, false) => "; someone else changed the catalog meanwhile",
        });
        if identity.timeline != performed.gated.identity.timeline {
            performed.transaction.evidence.push_str("; another server took over since");
        }
        performed.fingerprints.afterwards = Some(fingerprint);
        performed.verification = checks;
        Ok(())
    }
}

/// Whether it ended because a lock was not had in time: then nothing was done that another attempt could not do.
pub(super) fn lock_was_not_had(ran: &Result<(), ApplyError>, seen: &Seen) -> bool {
    const LOCK_NOT_AVAILABLE: &str = "55P03";
    match ran {
        Ok(()) => seen.error.as_ref().is_some_and(|error| error.sqlstate == LOCK_NOT_AVAILABLE),
        Err(failure) => failure.facts().get("sqlstate").is_some_and(|state| state == LOCK_NOT_AVAILABLE),
    }
}

/// Deferred constraints speak now, not at COMMIT.
fn settle_constraints(session: &mut Session) -> Result<Option<RunError>, PgError> {
    match session.execute("SET CONSTRAINTS ALL IMMEDIATE") {
        Ok(_) => Ok(None),
        Err(PgError::Server { sqlstate, message, detail, hint, .. }) if !sqlstate.starts_with("57P") => {
            Ok(Some(RunError {
                sqlstate,
                message,
                detail,
                hint,
                statement: 0,
                line: 0,
                text: "a deferred constraint".into(),
            }))
        }
        Err(failure) => Err(failure),
    }
}
