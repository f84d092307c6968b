//! One run, from the warrant to the record.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::json;

use super::dossier::{Dossier, names};
use super::gate::Gated;
use super::outcome::{self, Backend, TransactionId};
use super::record::{Authority, Execution, FORMAT, Fingerprints, RollbackStatus, RunOutcome, TransactionRecord};
use super::transaction::Seen;
use super::witness::Lookout;
use super::{ApplyError, queue, recovery, report, target_ledger, transaction};
use crate::base::{Check, Interrupt, file};
use crate::catalog::{Basis, Snapshot};
use crate::change::Step;
use crate::cluster::Discovery;
use crate::journal::Journal;
use crate::pg::{Environment, Identity, Patience, PgError, Purpose, Session, Settings};
use crate::rehearsal::statements::{self, RowEffects};
use crate::rows::Asked;
use crate::warrant::nonce::Ledger;
use crate::warrant::{Authorised, Operation, Reach, TrustRoot, authorise};

/// How long an outcome is asked for before it is left to `status`; and how long a COMMIT may wait for a standby before
/// the waiting is cancelled.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// What a run needs.
pub struct Request<'a> {
    pub package: &'a Path,
    pub operation: Operation,
    pub target: &'a str,
    /// The `allowed_signers` file.
    pub trust: &'a Path,
    /// What is made of one that this process could write.
    pub reach: Reach,
    /// A warrant's digest, or its first 12 digits; needed only where several could be meant.
    pub warrant: Option<&'a str>,
    /// The record of a backup taken before; without it one is taken now.
    pub backup: Option<&'a Path>,
    /// Restores the backup into a cluster of its own first.
    pub prove_backup: bool,
    /// Another way to the same database for the backup, where the applying role may not read everything.
    pub backup_target: Option<&'a str>,
    pub environment: &'a Environment,
    pub discovery: &'a Discovery,
    pub state: Option<&'a Path>,
    /// [`PATIENCE`], or less where a test cannot wait.
    pub patience: Duration,
    pub interrupt: &'a Interrupt,
}

/// Executes a package on its target. A refusal is an error and comes before the first statement; everything after that
/// is a record.
pub fn execute(request: &Request<'_>) -> Result<Execution, ApplyError> {
    let started = crate::base::clock::now();
    let begun = Instant::now();
    let dossier = Dossier::open(request.package)?;
    let trust = TrustRoot::read(request.trust, request.package, request.reach)?;
    recovery::resolve_all(&dossier.package, request.target, request.environment, request.interrupt)?;
    let ledger = ledger(request, &trust)?;
    let (authorised, authority) = authorised(request, &dossier, &trust, &ledger)?;
    if request.operation == Operation::Apply
        && let Ok(run) = dossier.applied()
    {
        return Err(ApplyError::AppliedAlready { run: run.name });
    }
    let folder = RunFolder::make(&dossier)?;
    let mut journal =
        Journal::create(&folder.path.join("journal.jsonl"), &dossier.package.digest, crate::base::clock::now)?;
    journal.append(
        "run",
        json!({
            "operation": request.operation, "package": dossier.package.digest, "change": dossier.package.manifest.change,
            "warrant": authorised.digest(), "role": authorised.warrant().role, "pgwarrant": env!("CARGO_PKG_VERSION"),
        }),
    )?;
    let run =
        Run { request, dossier: &dossier, trust: &trust, ledger: &ledger, authorised: &authorised, folder: &folder };
    let result = run.perform(&mut journal);
    match result {
        Ok(performed) => {
            let (committed, name) = (performed.transaction.outcome.is_committed(), folder.name.clone());
            let execution = run.record(performed, authority, started, begun);
            file(&run, execution, &mut journal).map_err(|source| {
                if committed { ApplyError::Unrecorded { run: name, source: Box::new(source) } } else { source }
            })
        }
        Err(failure) => {
            use crate::base::Coded as _;
            // The run ends with its own failure, written down or not.
            let facts = json!({"code": failure.code(), "message": failure.to_string()});
            if let Err(unwritten) = journal.append("refused", facts) {
                log::warn!(target: "pgwarrant.apply", "{unwritten}");
            }
            Err(failure)
        }
    }
}

/// Puts the record beside the journal.
fn file(run: &Run<'_>, mut execution: Execution, journal: &mut Journal) -> Result<Execution, ApplyError> {
    let folder = &run.folder.path;
    execution.journal_head = journal.append("finished", json!({"outcome": execution.outcome}))?;
    execution.custody = report::custody(&run.dossier.package, folder)?;
    let bytes = serde_json::to_vec_pretty(&execution).map_err(ApplyError::encode)?;
    let path = folder.join(names::EXECUTION);
    file::write(&path, &bytes).map_err(ApplyError::io("writing", &path))?;
    Ok(execution)
}

/// Where used nonces of this account and this package are kept.
pub(super) fn ledger(request: &Request<'_>, trust: &TrustRoot) -> Result<Ledger, ApplyError> {
    let state = authorise::state_folder(request.state, trust);
    let state = state.ok_or_else(|| {
        let problem = std::io::Error::other("this account has no home folder; name a ledger in policy.json");
        ApplyError::io("finding", Path::new("the state folder"))(problem)
    })?;
    Ok(Ledger::new(&state, request.package))
}

fn authorised(
    request: &Request<'_>,
    dossier: &Dossier,
    trust: &TrustRoot,
    ledger: &Ledger,
) -> Result<(Authorised, Authority), ApplyError> {
    let filed = authorise::choose(&dossier.package, request.operation, request.warrant, |warrant| {
        ledger.look(warrant).is_err()
    })?;
    let subject = dossier.subject(request.operation)?;
    let now = crate::base::clock::now();
    let authorised = authorise::authorise(&filed, request.operation, &dossier.package, &subject, trust, now)?;
    ledger.look(authorised.warrant())?;
    let authority = Authority {
        digest: authorised.digest().clone(),
        warrant: authorised.warrant().clone(),
        signers: authorised.signers().to_vec(),
        trust_root_sha256: trust.sha256.clone(),
        policy_sha256: trust.policy_sha256.clone(),
        same_account: trust.same_account,
    };
    Ok((authorised, authority))
}

/// `runs/<utc>`, made by this run alone.
pub(super) struct RunFolder {
    pub name: String,
    pub path: PathBuf,
}

impl RunFolder {
    fn make(dossier: &Dossier) -> Result<Self, ApplyError> {
        let runs = dossier.package.runs();
        std::fs::create_dir_all(&runs).map_err(ApplyError::io("making", &runs))?;
        let stamp = crate::base::clock::now().strftime("%Y%m%dT%H%M%SZ").to_string();
        for number in 1..1_000 {
            let name = if number == 1 { stamp.clone() } else { format!("{stamp}-{number}") };
            let path = runs.join(&name);
            match std::fs::create_dir(&path) {
                Ok(()) => {
                    file::sync_folder(&runs).map_err(ApplyError::io("flushing", &runs))?;
                    return Ok(Self { name, path });
                }
                Err(failure) if failure.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(failure) => return Err(ApplyError::io("making", &path)(failure)),
            }
        }
        Err(ApplyError::io("making a run in", &runs)(std::io::Error::other("a thousand runs in one second")))
    }
}

/// One run, with everything it stands on.
pub(super) struct Run<'a> {
    pub request: &'a Request<'a>,
    pub dossier: &'a Dossier,
    pub trust: &'a TrustRoot,
    pub ledger: &'a Ledger,
    pub authorised: &'a Authorised,
    pub folder: &'a RunFolder,
}

/// What stands when a transaction has begun.
struct Begun {
    basis: Basis,
    conditions: Vec<Check>,
    then: Then,
}

/// What an operation does.
pub(super) struct Work {
    pub steps: Vec<Step>,
    /// The tables whose rows it may write.
    pub writes: BTreeSet<String>,
}

/// What is asked before the first statement and behind the last.
pub(super) struct Then {
    pub asked: Asked,
    pub lookout: Lookout,
    pub effects: RowEffects,
}

/// How often the locks are tried for. Each time the whole transaction begins anew.
const ATTEMPTS: u32 = 3;

/// Waits before another attempt: longer each time, and by chance, so that two who wait for each other part.
fn pause(attempt: u32, interrupt: &Interrupt) -> Result<(), ApplyError> {
    let chance = getrandom::u32().map_err(|failure| PgError::Decode { problem: failure.to_string() })?;
    let wait = Duration::from_millis(u64::from(250 * attempt + chance % (500 * attempt)));
    let until = Instant::now() + wait;
    while Instant::now() < until {
        if interrupt.is_set() {
            return Err(PgError::Interrupted.into());
        }
        std::thread::sleep(Duration::from_millis(25));
    }
    Ok(())
}

/// A run whose outcome is known.
pub(super) struct Performed {
    pub outcome: RunOutcome,
    pub gated: Gated,
    pub seen: Seen,
    pub transaction: TransactionRecord,
    pub fingerprints: Fingerprints,
    pub verification: Vec<Check>,
}

impl Run<'_> {
    fn perform(&self, journal: &mut Journal) -> Result<Performed, ApplyError> {
        let request = self.request;
        let settings = Settings::resolve(request.target, request.environment)?;
        let mut session =
            Session::connect(&settings, request.environment, Purpose::Change, Patience::CHANGING, request.interrupt)?;
        // It reads the catalog three times, the last time while locks are held.
        session.keep_plans();
        let gated = self.gate(&mut session, settings, journal)?;
        let mut second = self.connect_beside(&gated)?;
        let wanted = queue::wanted(self.dossier, request.operation);
        // Read before anything is locked.
        let work =
            Work { steps: self.dossier.steps(request.operation)?, writes: self.dossier.writes(request.operation)? };
        let own = [gated.identity.backend_pid, second.backend_pid()];
        let calm =
            |second: &mut Session| queue::clear(second, &wanted, &own, Patience::CHANGING.lock(), request.interrupt);
        calm(&mut second)?;
        let Begun { mut basis, mut conditions, mut then } = self.begin(&mut session, &gated)?;
        // From here on the decision is used up: whatever happens, nobody runs on it again.
        let warrant = self.authorised.warrant();
        let kept = target_ledger::stands(&mut second, self.trust.policy.require_target_ledger)?;
        if kept {
            target_ledger::look(&mut second, warrant)?;
        }
        self.ledger.spend(warrant, &self.folder.name)?;
        if kept {
            target_ledger::spend(&mut second, warrant, &self.folder.name)?;
        }
        journal.append(
            "intent",
            json!({"warrant": self.authorised.digest(), "nonce": self.authorised.warrant().nonce, "target": gated.identity}),
        )?;
        let mut attempt = 1;
        let (xid, fingerprint_before, mut seen, ran) = loop {
            let xid = TransactionId::take(&mut session)?;
            let lsn = outcome::make_durable(&mut second, &warrant.nonce)?;
            let beside = Backend::of(&mut second)?;
            journal.append("transaction", json!({"xid": xid, "lsn": lsn, "second": beside, "attempt": attempt}))?;
            let before = basis.snapshot().clone();
            let fingerprint = before.fingerprint();
            let mut seen = Seen { checks: conditions, before: Some(before), basis: Some(basis), ..Seen::default() };
            let ran = self.in_transaction((&mut session, &mut second), &xid, &gated, (&work, then), &mut seen);
            if attempt == ATTEMPTS || !transaction::lock_was_not_had(&ran, &seen) || !session.is_open() {
                break (xid, fingerprint, seen, ran);
            }
            // What was locked is let go of before anything is waited for.
            if session.execute("ROLLBACK").is_err() {
                break (xid, fingerprint, seen, ran);
            }
            journal.append("retry", json!({"xid": xid, "attempt": attempt}))?;
            pause(attempt, request.interrupt)?;
            match calm(&mut second).and_then(|()| self.begin(&mut session, &gated)) {
                Ok(begun) => Begun { basis, conditions, then } = begun,
                Err(failure) => {
                    log::warn!(target: "pgwarrant.apply", "it is not tried again: {failure}");
                    break (xid, fingerprint, seen, ran);
                }
            }
            attempt += 1;
        };
        if attempt > 1 {
            let expected = format!("at most {ATTEMPTS}");
            seen.checks.push(Check::decided(
                "L-1",
                "attempts to have the locks",
                expected,
                attempt,
                attempt <= ATTEMPTS,
            ));
        }
        let known = self.end((session, second), journal, &gated, &xid, ran, &mut seen)?;
        let mut performed = Performed {
            outcome: RunOutcome::Pass,
            fingerprints: Fingerprints {
                signed: self.authorised.warrant().fingerprint.clone(),
                before: fingerprint_before,
                after: seen.after.as_ref().map(Snapshot::fingerprint),
                afterwards: None,
            },
            transaction: TransactionRecord { xid, outcome: known.fate, evidence: known.evidence },
            verification: Vec::new(),
            gated,
            seen,
        };
        match self.verify(&mut performed) {
            Ok(()) => {}
            // It stands, and nobody could look: a run that was committed never ends as a refusal.
            Err(failure) if performed.transaction.outcome.is_committed() => {
                performed.outcome = RunOutcome::Fail;
                performed.verification = vec![Check::not_run(
                    "F-2",
                    "the catalog is the one verified before COMMIT (fingerprint)",
                    "a look on a fresh connection",
                    failure.to_string(),
                )];
                performed.transaction.evidence.push_str("; the whole catalog was not seen");
            }
            Err(failure) => return Err(failure),
        }
        Ok(performed)
    }

    /// A transaction as every attempt needs it: the lock, no drift, the conditions, and the server proven once more.
    fn begin(&self, session: &mut Session, gated: &Gated) -> Result<Begun, ApplyError> {
        session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ WRITE")?;
        let seconds = self.trust.policy.max_transaction_seconds;
        session.execute(&format!("SET LOCAL statement_timeout = '{seconds}s'"))?;
        if session.version().at_least(17) {
            session.execute(&format!("SET LOCAL transaction_timeout = '{seconds}s'"))?;
        }
        self.lock(session)?;
        let (basis, asked, mut conditions) = self.look_before(session)?;
        let lookout = Lookout::begin(session)?;
        let effects = statements::row_effects(session)?;
        conditions.push(self.prove_again(session, gated)?);
        self.save(names::BEFORE, &basis.snapshot().to_json()?)?;
        Ok(Begun { basis, conditions, then: Then { asked, lookout, effects } })
    }

    pub(super) fn connect(&self, settings: &Settings, purpose: Purpose) -> Result<Session, PgError> {
        Session::connect(settings, self.request.environment, purpose, Patience::LOOKING, self.request.interrupt)
    }

    /// The other session of the run, on the same server: of several hosts another could have answered.
    fn connect_beside(&self, gated: &Gated) -> Result<Session, ApplyError> {
        let mut second = self.connect(&gated.settings, Purpose::Change)?;
        second.keep_plans();
        let now = Identity::read(&mut second)?;
        if let Some((field, signed, found)) = gated.identity.differs(&now) {
            return Err(ApplyError::OtherTarget { field, signed, found });
        }
        let start = |identity: &Identity| identity.started_us.to_string();
        let (field, signed, found) = ("server start", start(&gated.identity), start(&now));
        if signed != found {
            return Err(ApplyError::OtherTarget { field, signed, found });
        }
        Ok(second)
    }

    fn record(
        &self,
        performed: Performed,
        authority: Authority,
        started: jiff::Timestamp,
        begun: Instant,
    ) -> Execution {
        let Performed { outcome, gated, seen, transaction, fingerprints, verification } = performed;
        let mut checks = gated.checks;
        checks.extend(seen.checks);
        let operation = self.request.operation;
        let committed = transaction.outcome.is_committed();
        Execution {
            format: FORMAT,
            operation,
            outcome,
            started_at: started.to_string(),
            finished_at: crate::base::clock::now().to_string(),
            duration_ms: statements::milliseconds(begun),
            run: format!("{}/{}", crate::package::RUNS, self.folder.name),
            package: self.dossier.package.digest.clone(),
            change: self.dossier.package.manifest.change.clone(),
            residual_risks: report::residual_risks(self.dossier, &authority, &seen.values),
            warrant: authority,
            target: gated.identity,
            checks,
            backup: gated.backup,
            statements: seen.records,
            expected_delta: self.dossier.expected(operation).clone(),
            created: report::created(seen.delta.as_ref().filter(|_| committed)),
            non_scope: report::non_scope(seen.delta.as_ref(), committed, &seen.rows),
            delta: seen.delta,
            fingerprints,
            witness: seen.witness,
            transaction,
            non_execution: (!committed).then(|| report::non_execution(&verification).to_owned()),
            verification,
            rows: seen.rows,
            values: seen.values,
            guarded: seen.guarded,
            rollback: RollbackStatus {
                executed: operation == Operation::Rollback && committed,
                why: report::rollback_status(operation, outcome).to_owned(),
            },
            not_covered: self.dossier.dry_run.not_covered.clone(),
            error: seen.error,
            journal_head: self.dossier.package.digest.clone(),
            custody: Vec::new(),
            next_step: report::next_step(operation, outcome).to_owned(),
        }
    }
}
