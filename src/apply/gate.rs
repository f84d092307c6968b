//! What stands before the first statement: transport, identity, drift, backup, lock, and the contract's conditions.

use serde_json::json;

use super::ApplyError;
use super::archive::Archive;
use super::backup::{self, Evidence};
use super::outcome::Backend;
use super::run::Run;
use super::{elsewhere, prove};
use crate::base::Check;
use crate::catalog::{Basis, Snapshot};
use crate::contract::Judged;
use crate::delta::Delta;
use crate::journal::Journal;
use crate::pg::{Identity, PgError, Purpose, Session, Settings, Transport};
use crate::rows::{self, Asked};
use crate::warrant::{Instance, Operation};

/// What the gates before the transaction gave.
pub(super) struct Gated {
    pub settings: Settings,
    pub identity: Identity,
    /// The session that runs the statements.
    pub backend: Backend,
    pub checks: Vec<Check>,
    pub backup: Evidence,
}

impl Run<'_> {
    /// Identity, transport and backup: on the connection that will run the statements.
    pub(super) fn gate(
        &self,
        session: &mut Session,
        settings: Settings,
        journal: &mut Journal,
    ) -> Result<Gated, ApplyError> {
        let transport = session.transport();
        let proven = matches!(transport, Transport::UnixSocket | Transport::VerifyFull);
        if !proven && !self.trust.policy.allow_unproven_transport {
            return Err(ApplyError::Transport { transport });
        }
        self.refuse_pooler(session, &settings)?;
        let identity = Identity::read(session)?;
        let mut checks = self.identity_checks(&identity)?;
        let backend = Backend::of(session)?;
        journal.append("identity", json!({"target": identity, "backend": backend}))?;
        // A first look, outside the transaction: a target that drifted needs no backup. The look that counts is inside.
        self.refuse_drift(&Snapshot::begin(session)?)?;
        session.execute("ROLLBACK")?;
        let backup = self.backup(&identity, &settings, &mut checks)?;
        journal.append("backup", json!({"backup": backup}))?;
        Ok(Gated { settings, identity, backend, checks, backup })
    }

    /// A pooler that gives a server process for each transaction gives an idle session's to the next that asks, or turns
    /// from one to the other. Two sessions with one process, or one session with two, are the proof.
    fn refuse_pooler(&self, session: &mut Session, settings: &Settings) -> Result<(), ApplyError> {
        let ours = session.backend_pid();
        let refused = |problem: &str| Err(ApplyError::Pooled { problem: problem.to_owned() });
        for _ in 0..2 {
            let mut beside = self.connect(settings, Purpose::Look)?;
            if beside.backend_pid() == ours {
                return refused("two sessions were answered by one server process");
            }
            // In one round trip each, so that one that takes its processes in turn does not come back to the same.
            for _ in 0..4 {
                for session in [&mut beside, session] {
                    let rows = session.query("SELECT pg_catalog.pg_backend_pid()", &[])?;
                    let pid: Option<i32> = rows.first().map(|row| row.try_get(0)).transpose().map_err(PgError::from)?;
                    if pid != Some(session.backend_pid()) {
                        return refused("one session was answered by two server processes");
                    }
                }
            }
        }
        Ok(())
    }

    /// After the lock, before the first statement, on the connection that will run it: all of it once more.
    pub(super) fn prove_again(&self, session: &mut Session, gated: &Gated) -> Result<Check, ApplyError> {
        let now = Identity::read(session)?;
        self.identity_checks(&now)?;
        let field = "server process";
        let (signed, found) = (gated.identity.backend_pid.to_string(), now.backend_pid.to_string());
        if signed != found {
            return Err(ApplyError::OtherTarget { field, signed, found });
        }
        Ok(Check::equal("I-9", "the same server, database and role after the lock was taken", signed, found))
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
        let instance = &self.authorised.warrant().instance;
        let found = Instance::of(identity);
        let text = |timeline: Option<i32>| timeline.map_or_else(|| "unproven".to_owned(), |number| number.to_string());
        let (signed, timeline) = (text(Some(instance.timeline)), text(identity.timeline));
        // A server that the site named is told by its name, any other by its start: a copy has the same files.
        let (field, known, now) = match &instance.marker {
            Some(marker) => ("server marker", marker.clone(), found.and_then(|found| found.marker).unwrap_or_default()),
            None => ("server start", instance.started_us.to_string(), identity.started_us.to_string()),
        };
        for (id, field, signed, found) in [("I-7", "timeline", signed, timeline), ("I-8", field, known, now)] {
            if signed != found {
                return Err(ApplyError::OtherTarget { field, signed, found });
            }
            checks.push(Check::equal(id, format!("{field} of the target"), signed, found));
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

    fn backup(
        &self,
        identity: &Identity,
        settings: &Settings,
        checks: &mut Vec<Check>,
    ) -> Result<Evidence, ApplyError> {
        let request = self.request;
        let (evidence, path) = if let Some(record) = request.backup {
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
            (Evidence::Dump(taken), path)
        };
        let allowed = self.trust.policy.max_backup_age_seconds;
        let now = crate::base::clock::now();
        let (discovery, interrupt) = (request.discovery, request.interrupt);
        match &evidence {
            Evidence::Dump(dump) => {
                let made = backup::checks(dump, &path, identity, allowed, now, discovery, interrupt)?;
                checks.extend(first_failure(made)?);
                if request.backup.is_some() && !request.prove_backup {
                    Archive::read_to_its_end(&path, identity.server_version_num, discovery, interrupt)?;
                }
                if request.prove_backup {
                    let mut session = self.connect(settings, Purpose::Look)?;
                    let proof = prove::restored(&path, &mut session, identity, discovery, interrupt)?;
                    checks.extend(first_failure(vec![proof])?);
                }
            }
            Evidence::Elsewhere(elsewhere) => {
                if request.prove_backup {
                    let problem = "only a dump can be restored for proof".to_owned();
                    return Err(ApplyError::Backup { problem });
                }
                elsewhere::keeps_its_record(&path, request.package)?;
                checks.extend(first_failure(elsewhere.checks(identity, allowed, now, interrupt)?)?);
            }
        }
        Ok(evidence)
    }

    /// One run a database: the lock is the transaction's, so it goes with it.
    pub(super) fn lock(&self, session: &mut Session) -> Result<(), ApplyError> {
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
    pub(super) fn look_before(&self, session: &mut Session) -> Result<(Basis, Asked, Vec<Check>), ApplyError> {
        let basis = Basis::read(session)?;
        let before = basis.snapshot();
        let (signed, found) = (&self.authorised.warrant().fingerprint, before.fingerprint());
        self.refuse_drift(before)?;
        let mut checks =
            vec![Check::equal("D-1", "no drift since the catalog that was signed (fingerprint)", signed, &found)];
        let contract = &self.dossier.change.contract;
        let asked = rows::ask(session, contract, before)?;
        match self.request.operation {
            Operation::Apply => {
                let conditions = Judged::checks(contract.evaluate_before(before, &asked.answers));
                let failed = conditions.iter().filter(|check| !check.passed()).count();
                if failed > 0 {
                    return Err(ApplyError::Before { failed, checks: conditions });
                }
                checks.extend(conditions);
            }
            Operation::Rollback => {}
        }
        Ok((basis, asked, checks))
    }
}

/// What does not hold stops the run before its first statement.
fn first_failure(checks: Vec<Check>) -> Result<Vec<Check>, ApplyError> {
    let Some(failed) = checks.iter().find(|check| !check.passed()) else { return Ok(checks) };
    if failed.id == "B-3" {
        return Err(ApplyError::OldBackup { observed: failed.observed.clone(), expected: failed.expected.clone() });
    }
    let because = failed.because.as_ref().map_or_else(String::new, |because| format!(": {because}"));
    Err(ApplyError::Backup {
        problem: format!("{}: expected {}, observed {}{because}", failed.check, failed.expected, failed.observed),
    })
}
