//! A look at the target afterwards, on a fresh connection: does what the last run left still stand?

use serde::{Deserialize, Serialize};

use super::dossier::Dossier;
use super::{ApplyError, recovery};
use crate::base::{Check, Digest, Interrupt, Outcome};
use crate::catalog::Snapshot;
use crate::delta::Delta;
use crate::pg::{Environment, Identity, Patience, Purpose, Session, Settings};

/// What was seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verification {
    pub format: u32,
    pub outcome: Outcome,
    /// UTC, RFC 3339.
    pub at: String,
    pub package: Digest,
    /// The run it is compared with; none where the package was never run.
    pub run: Option<String>,
    pub target: Identity,
    pub checks: Vec<Check>,
    /// What differs from what the run left.
    pub drift: Delta,
    pub next_step: String,
}

/// Compares the target with what the package's last run left, or with the preflight where nothing was run.
pub fn verify(
    dossier: &Dossier,
    target: &str,
    environment: &Environment,
    interrupt: &Interrupt,
) -> Result<Verification, ApplyError> {
    recovery::resolve_all(&dossier.package, target, environment, interrupt)?;
    let last = dossier.committed_runs()?.pop();
    let expected = match &last {
        Some(run) => run.after()?,
        None => dossier.snapshot.clone(),
    };
    let settings = Settings::resolve(target, environment)?;
    let mut session = Session::connect(&settings, environment, Purpose::Look, Patience::LOOKING, interrupt)?;
    let at = crate::base::clock::now();
    let now = Snapshot::begin(&mut session)?;
    let identity = Identity::read(&mut session)?;
    session.execute("ROLLBACK")?;
    let wanted = &dossier.preflight.target;
    let identifier = |identity: &Identity| identity.system_identifier.clone().unwrap_or_else(|| "unproven".into());
    let drift = Delta::between(&expected, &now);
    let mut catalog = Check::equal(
        "F-2",
        if last.is_some() { "the catalog is what the last run left" } else { "the catalog is what the preflight saw" },
        expected.fingerprint(),
        now.fingerprint(),
    );
    if !catalog.passed() {
        catalog = catalog.because(drift.to_text());
    }
    let checks = vec![
        Check::equal("F-1", "system identifier of the target", identifier(wanted), identifier(&identity)),
        Check::equal("F-1b", "oid of the database", wanted.database_oid, identity.database_oid),
        catalog,
    ];
    let passed = checks.iter().all(Check::passed);
    Ok(Verification {
        format: 1,
        outcome: if passed { Outcome::Pass } else { Outcome::Fail },
        at: at.to_string(),
        package: dossier.package.digest.clone(),
        run: last.map(|run| run.name),
        target: identity,
        checks,
        drift,
        next_step: if passed { "stop" } else { "stop; a person looks at the drift" }.to_owned(),
    })
}
