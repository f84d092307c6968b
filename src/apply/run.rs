//! One run, from the warrant to the record.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::json;

use super::backup::{self, Backup};
use super::dossier::{Dossier, names};
use super::outcome::{self, Backend, Fate, TransactionId};
use super::record::{
    Authority, Execution, FORMAT, Fingerprints, RollbackStatus, RunError, RunOutcome, TransactionRecord,
};
use super::witness::{self, Witness};
use super::{ApplyError, report};
use crate::base::{Check, Interrupt, file};
use crate::catalog::Snapshot;
use crate::cluster::Discovery;
use crate::contract::{After, Judged};
use crate::delta::Delta;
use crate::journal::Journal;
use crate::pg::{Environment, Identity, Patience, PgError, Purpose, Session, Settings, Transport};
use crate::rehearsal::statements::{self, Ran, RowEffect, Watch};
use crate::rows::guards::{self, Guarded};
use crate::rows::{self, Asked, ValueChange};
use crate::warrant::nonce::Ledger;
use crate::warrant::{Authorised, Operation, TrustRoot, authorise};

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
    /// A warrant's digest, or its first 12 digits; needed only where several could be meant.
    pub warrant: Option<&'a str>,
    /// The record of a backup taken before; without it one is taken now.
    pub backup: Option<&'a Path>,
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
    let trust = TrustRoot::read(request.trust, request.package)?;
    let ledger = ledger(request, &trust)?;
    let (authorised, authority) = authorised(request, &dossier, &trust, &ledger)?;
    super::recovery::refuse_unresolved(&dossier.package)?;
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
            let mut execution = run.record(performed, authority, started, begun);
            let head = journal.append("finished", json!({"outcome": execution.outcome}))?;
            execution.journal_head = head;
            execution.custody = report::custody(&dossier.package, &folder.path)?;
            let bytes = serde_json::to_vec_pretty(&execution).map_err(ApplyError::encode)?;
            let path = folder.path.join(names::EXECUTION);
            file::write(&path, &bytes).map_err(ApplyError::io("writing", &path))?;
            Ok(execution)
        }
        Err(failure) => {
            use crate::base::Coded as _;
            journal.append("refused", json!({"code": failure.code(), "message": failure.to_string()}))?;
            Err(failure)
        }
    }
}

/// Where used nonces of this account and this package are kept.
pub(super) fn ledger(request: &Request<'_>, trust: &TrustRoot) -> Result<Ledger, ApplyError> {
    let state = trust.policy.ledger.clone().or_else(|| authorise::state_folder(request.state));
    let state = state.ok_or_else(|| {
        let problem = std::io::Error::other("there is no home folder; set PGWARRANT_STATE");
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

struct Run<'a> {
    request: &'a Request<'a>,
    dossier: &'a Dossier,
    trust: &'a TrustRoot,
    ledger: &'a Ledger,
    authorised: &'a Authorised,
    folder: &'a RunFolder,
}

/// What the gates before the transaction gave.
struct Gated {
    settings: Settings,
    identity: Identity,
    checks: Vec<Check>,
    backup: Backup,
}

/// What the transaction saw, before its end.
#[derive(Default)]
struct Seen {
    checks: Vec<Check>,
    records: Vec<statements::StatementRecord>,
    error: Option<RunError>,
    before: Option<Snapshot>,
    after: Option<Snapshot>,
    delta: Option<Delta>,
    witness: Option<Witness>,
    rows: Vec<RowEffect>,
    values: Vec<ValueChange>,
    guarded: Vec<Guarded>,
}

impl Seen {
    fn holds(&self) -> bool {
        self.error.is_none() && self.checks.iter().all(Check::passed)
    }
}

/// A run whose outcome is known.
pub(super) struct Performed {
    outcome: RunOutcome,
    gated: Gated,
    seen: Seen,
    transaction: TransactionRecord,
    fingerprints: Fingerprints,
    verification: Vec<Check>,
}

impl Run<'_> {
    fn perform(&self, journal: &mut Journal) -> Result<Performed, ApplyError> {
        let request = self.request;
        let settings = Settings::resolve(request.target, request.environment)?;
        let mut session =
            Session::connect(&settings, request.environment, Purpose::Change, Patience::CHANGING, request.interrupt)?;
        let gated = self.gate(&mut session, settings, journal)?;
        let backend = Backend::of(&mut session)?;
        session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ WRITE")?;
        self.lock(&mut session)?;
        let (before, asked, conditions) = self.look_before(&mut session)?;
        // From here on the decision is used up: whatever happens, nobody runs on it again.
        self.ledger.spend(self.authorised.warrant(), &self.folder.name)?;
        journal.append(
            "intent",
            json!({"warrant": self.authorised.digest(), "nonce": self.authorised.warrant().nonce, "backend": backend,
                   "target": gated.identity}),
        )?;
        let xid = TransactionId::take(&mut session)?;
        let mut second = self.connect(&gated.settings, Purpose::Change)?;
        let lsn = outcome::make_durable(&mut second, &self.authorised.warrant().nonce)?;
        journal.append("transaction", json!({"xid": xid, "lsn": lsn, "backend": backend}))?;
        let fingerprint_before = before.fingerprint();
        let mut seen = Seen { checks: conditions, before: Some(before), ..Seen::default() };
        let ran = self.in_transaction((&mut session, &mut second), &xid, &gated, &asked, &mut seen);
        drop(second);
        let fate = self.end(session, journal, &gated, &xid, &backend, ran, &mut seen)?;
        let mut performed = Performed {
            outcome: RunOutcome::Pass,
            fingerprints: Fingerprints {
                signed: self.authorised.warrant().fingerprint.clone(),
                before: fingerprint_before,
                after: seen.after.as_ref().map(Snapshot::fingerprint),
                afterwards: None,
            },
            transaction: TransactionRecord { xid, outcome: fate, evidence: String::new() },
            verification: Vec::new(),
            gated,
            seen,
        };
        self.verify(&mut performed)?;
        Ok(performed)
    }

    fn connect(&self, settings: &Settings, purpose: Purpose) -> Result<Session, PgError> {
        Session::connect(settings, self.request.environment, purpose, Patience::LOOKING, self.request.interrupt)
    }

    /// Identity, transport and backup: on the connection that will run the statements.
    fn gate(&self, session: &mut Session, settings: Settings, journal: &mut Journal) -> Result<Gated, ApplyError> {
        let transport = session.transport();
        let proven = matches!(transport, Transport::UnixSocket | Transport::VerifyFull);
        if !proven && !self.trust.policy.allow_unproven_transport {
            return Err(ApplyError::Transport { transport });
        }
        let identity = Identity::read(session)?;
        let mut checks = self.identity_checks(&identity)?;
        journal.append("identity", json!({"target": identity}))?;
        // A first look, outside the transaction: a target that drifted needs no backup. The look that counts is inside.
        session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
        self.refuse_drift(&Snapshot::read(session)?)?;
        session.execute("ROLLBACK")?;
        let backup = self.backup(&identity, &settings, &mut checks)?;
        journal.append("backup", json!({"backup": backup}))?;
        Ok(Gated { settings, identity, checks, backup })
    }

    fn identity_checks(&self, identity: &Identity) -> Result<Vec<Check>, ApplyError> {
        if identity.in_recovery {
            return Err(ApplyError::Standby);
        }
        if identity.read_only {
            return Err(ApplyError::ReadOnly);
        }
        let signed = &self.authorised.warrant().target;
        let identifier = identity.system_identifier.clone().unwrap_or_else(|| "unproven".into());
        let facts = [
            ("system identifier", signed.system_identifier.clone(), identifier),
            ("database", signed.database.clone(), identity.database.clone()),
            ("database oid", signed.database_oid.to_string(), identity.database_oid.to_string()),
            ("server major", signed.server_major.to_string(), identity.server_version_num.major().to_string()),
        ];
        let mut checks = Vec::new();
        for (number, (field, signed, found)) in facts.into_iter().enumerate() {
            if signed != found {
                return Err(ApplyError::OtherTarget { field, signed, found });
            }
            checks.push(Check::equal(format!("I-{}", number + 1), format!("{field} of the target"), signed, found));
        }
        let role = &self.authorised.warrant().role;
        for found in [&identity.session_user, &identity.current_user] {
            if found != role {
                return Err(ApplyError::OtherRole { signed: role.clone(), found: found.clone() });
            }
        }
        checks.push(Check::equal("I-5", "session and current role", role, &identity.current_user));
        checks.push(Check::equal("I-6", "the target is not a standby", "primary", "primary"));
        Ok(checks)
    }

    fn backup(&self, identity: &Identity, settings: &Settings, checks: &mut Vec<Check>) -> Result<Backup, ApplyError> {
        let request = self.request;
        let (backup, path) = if let Some(record) = request.backup {
            backup::read(record)?
        } else {
            let other =
                request.backup_target.map(|target| Settings::resolve(target, request.environment)).transpose()?;
            let (identity, settings) = match &other {
                Some(other) => {
                    let mut session = self.connect(other, Purpose::Look)?;
                    (Identity::read(&mut session)?, other)
                }
                None => (identity.clone(), settings),
            };
            let taken = backup::take(&self.folder.path, &identity, settings, request.discovery, request.interrupt)?;
            let path = self.folder.path.join(&taken.file);
            (taken, path)
        };
        let allowed = self.trust.policy.max_backup_age_seconds;
        let now = crate::base::clock::now();
        let made = backup::checks(&backup, &path, identity, allowed, now, request.discovery, request.interrupt)?;
        if let Some(failed) = made.iter().find(|check| !check.passed()) {
            return Err(if failed.id == "B-3" {
                ApplyError::OldBackup { observed: failed.observed.clone(), expected: failed.expected.clone() }
            } else {
                ApplyError::Backup {
                    problem: format!("{}: expected {}, observed {}", failed.check, failed.expected, failed.observed),
                }
            });
        }
        checks.extend(made);
        Ok(backup)
    }

    /// One run a database: the lock is the transaction's, so it goes with it.
    fn lock(&self, session: &mut Session) -> Result<(), ApplyError> {
        let key = format!("pgwarrant:{}", self.authorised.warrant().target.system_identifier);
        let row = session.query_one(
            "SELECT pg_catalog.pg_try_advisory_xact_lock(pg_catalog.hashtextextended($1::text, 0))",
            &[&key],
        )?;
        let locked: bool = row.try_get(0).map_err(PgError::from)?;
        if locked { Ok(()) } else { Err(ApplyError::Locked) }
    }

    fn refuse_drift(&self, now: &Snapshot) -> Result<(), ApplyError> {
        if now.fingerprint() == self.authorised.warrant().fingerprint {
            return Ok(());
        }
        let known = match self.request.operation {
            Operation::Apply => self.dossier.snapshot.clone(),
            Operation::Rollback => self.dossier.applied()?.after()?,
        };
        let delta = Delta::between(&known, now);
        Err(ApplyError::Drift { changes: delta.changes.len(), delta: Box::new(delta) })
    }

    /// The preflight again, inside the transaction: no drift, and every condition of the contract.
    fn look_before(&self, session: &mut Session) -> Result<(Snapshot, Asked, Vec<Check>), ApplyError> {
        let before = Snapshot::read(session)?;
        let (signed, found) = (&self.authorised.warrant().fingerprint, before.fingerprint());
        self.refuse_drift(&before)?;
        let mut checks =
            vec![Check::equal("D-1", "no drift since the catalog that was signed (fingerprint)", signed, &found)];
        let contract = &self.dossier.change.contract;
        let asked = rows::ask(session, contract, &before)?;
        match self.request.operation {
            Operation::Apply => {
                let conditions = Judged::checks(contract.evaluate_before(&before, &asked.answers));
                let failed = conditions.iter().filter(|check| !check.passed()).count();
                if failed > 0 {
                    return Err(ApplyError::Before { failed, checks: conditions });
                }
                checks.extend(conditions);
            }
            Operation::Rollback => {}
        }
        Ok((before, asked, checks))
    }

    /// Everything between the first statement and the end of the transaction. An error here is the connection's or the
    /// catalog's; a statement that the server refuses and a check that fails are in `seen`.
    fn in_transaction(
        &self,
        (session, second): (&mut Session, &mut Session),
        xid: &TransactionId,
        gated: &Gated,
        asked: &Asked,
        seen: &mut Seen,
    ) -> Result<(), ApplyError> {
        let dossier = self.dossier;
        let operation = self.request.operation;
        if operation == Operation::Rollback {
            guards::lock(session, dossier.guards())?;
            let now = guards::measure(session, dossier.guards())?;
            let guarded = guards::checks(&dossier.applied()?.guarded()?, &now);
            let empty = guarded.iter().all(Check::passed);
            seen.checks.extend(guarded);
            if !empty {
                return Ok(());
            }
        }
        let counts = witness::count(session)?;
        let effects = statements::row_effects(session)?;
        let Ran { records, failed } =
            statements::run(session, &dossier.steps(operation)?, Watch::FromOutside, |_| Ok(()))?;
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
        seen.rows = statements::effects_between(&effects, &statements::row_effects(session)?);
        let after = Snapshot::read(session)?;
        let Some(before) = &seen.before else { return Ok(()) };
        let delta = Delta::between(before, &after);
        let observed = delta.normalised(&gated.identity.current_user);
        let expected = dossier.expected(operation);
        let mut same = Check::equal("D-2", "the delta equals the one rehearsed (digest)", expected, observed.digest());
        if !same.passed() {
            same = same.because(report::first_differences(dossier.rehearsed(operation), &observed));
        }
        seen.checks.push(same);
        let answers = rows::ask(session, &dossier.change.contract, &after)?;
        seen.values = rows::changes(asked, &answers);
        if operation == Operation::Apply {
            let evidence = After {
                before,
                after: &after,
                delta: &delta,
                rows_before: &asked.answers,
                rows_after: &answers.answers,
                values: &seen.values,
                statements: &dossier.facts,
            };
            seen.checks.extend(Judged::checks(dossier.change.contract.evaluate_after(&evidence)));
            seen.guarded = guards::measure(session, dossier.guards())?;
        }
        let newest = TransactionId::take(second)?;
        let witness = witness::look(session, (xid, &newest), before, &after, dossier.rehearsed(operation))?;
        seen.checks.extend(witness::checks(&witness, &counts, &witness::count(session)?));
        seen.witness = Some(witness);
        seen.delta = Some(delta);
        seen.after = Some(after);
        seen.checks.extend(self.still_ours(session, xid, gated)?);
        Ok(())
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

    /// COMMIT or ROLLBACK, and what became of it: asked on a fresh connection, never taken from the driver.
    #[allow(clippy::too_many_arguments)]
    fn end(
        &self,
        mut session: Session,
        journal: &mut Journal,
        gated: &Gated,
        xid: &TransactionId,
        backend: &Backend,
        ran: Result<(), ApplyError>,
        seen: &mut Seen,
    ) -> Result<Fate, ApplyError> {
        let commit = ran.is_ok() && seen.holds();
        if commit {
            // On the disk before COMMIT is sent: whoever finds out afterwards that it went through has both sides.
            self.save(names::BEFORE, seen.before.as_ref().map(Snapshot::to_json).transpose()?)?;
            self.save(names::AFTER, seen.after.as_ref().map(Snapshot::to_json).transpose()?)?;
            self.save(names::GUARDED, Some(serde_json::to_vec(&seen.guarded).map_err(ApplyError::encode)?))?;
        }
        if commit {
            session.allow_interrupts(false);
            journal.append("commit", json!({"xid": xid}))?;
            if let Err(failure) = session.execute_within("COMMIT", self.request.patience) {
                log::warn!(target: "pgwarrant.apply", "COMMIT was not acknowledged: {failure}");
            }
        } else if session.is_open() {
            session.allow_interrupts(false);
            if let Err(failure) = session.execute("ROLLBACK") {
                log::warn!(target: "pgwarrant.apply", "ROLLBACK was not acknowledged: {failure}");
            }
        }
        drop(session);
        let fate = self.resolve(gated, xid, backend)?;
        journal.append("outcome", json!({"xid": xid, "fate": fate, "commit_sent": commit}))?;
        match ran {
            // The connection broke, or we were interrupted, before COMMIT was sent: known to be undone, and said so.
            Err(failure) if !fate.is_committed() => Err(failure),
            _ => Ok(fate),
        }
    }

    fn save(&self, name: &str, bytes: Option<Vec<u8>>) -> Result<(), ApplyError> {
        if let Some(bytes) = bytes {
            let path = self.folder.path.join(name);
            file::write(&path, &bytes).map_err(ApplyError::io("writing", &path))?;
        }
        Ok(())
    }

    fn resolve(&self, gated: &Gated, xid: &TransactionId, backend: &Backend) -> Result<Fate, ApplyError> {
        let deadline = Instant::now() + self.request.patience;
        // Finding out is never interrupted: not knowing would be worse than waiting.
        let calm = Interrupt::default();
        let problem = loop {
            let connected =
                Session::connect(&gated.settings, self.request.environment, Purpose::Look, Patience::LOOKING, &calm);
            let answer = connected
                .and_then(|mut session| outcome::resolve(&mut session, xid, Some(backend), self.request.patience));
            match answer {
                Ok(Some(fate)) => return Ok(fate),
                Ok(None) => break "the transaction is still in progress".to_owned(),
                Err(failure) if Instant::now() > deadline => break failure.to_string(),
                Err(_) => std::thread::sleep(Duration::from_millis(250)),
            }
        };
        Err(ApplyError::Unresolved { run: self.folder.name.clone(), problem })
    }

    /// A fresh connection looks at what stands now.
    fn verify(&self, performed: &mut Performed) -> Result<(), ApplyError> {
        let calm = Interrupt::default();
        let mut session = Session::connect(
            &performed.gated.settings,
            self.request.environment,
            Purpose::Look,
            Patience::LOOKING,
            &calm,
        )?;
        session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
        let identity = Identity::read(&mut session)?;
        let now = Snapshot::read(&mut session)?;
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
        performed.transaction.evidence = if committed {
            "pg_xact_status on a fresh connection, the id made durable beforehand; the catalog shows the delta".into()
        } else {
            "pg_xact_status on a fresh connection; the catalog shows no delta".into()
        };
        performed.fingerprints.afterwards = Some(fingerprint);
        performed.verification = checks;
        Ok(())
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
            non_execution: (!committed).then(|| report::NON_EXECUTION.to_owned()),
            next_step: report::next_step(operation, outcome).to_owned(),
        }
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
