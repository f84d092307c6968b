//! Apply, rollback, verify, status: what needs a decision is decided in `apply`, from the bytes on the disk.

use std::path::PathBuf;

use pyo3::prelude::*;
use serde_json::json;

use super::convert::{discovery, to_python};
use super::working::working;
use crate::apply::{self as applying, Dossier, Request, backup as backups};
use crate::journal;
use crate::package::Package;
use crate::pg::Environment;
use crate::warrant::{Operation, Reach};

struct Call {
    package: PathBuf,
    target: String,
    trust: PathBuf,
    reach: Reach,
    warrant: Option<String>,
    backup: Option<PathBuf>,
    prove_backup: bool,
    backup_target: Option<String>,
    bin_dir: Option<PathBuf>,
}

pub(super) fn reach(writable_trust: bool) -> Reach {
    if writable_trust { Reach::Reported } else { Reach::Refused }
}

fn execute(py: Python<'_>, operation: Operation, call: Call) -> PyResult<Py<PyAny>> {
    let discovery = discovery(py, call.bin_dir.clone())?;
    let execution = working(py, move |interrupt| {
        let environment = Environment::of_process();
        Ok(applying::execute(&Request {
            package: &call.package,
            operation,
            target: &call.target,
            trust: &call.trust,
            reach: call.reach,
            warrant: call.warrant.as_deref(),
            backup: call.backup.as_deref(),
            prove_backup: call.prove_backup,
            backup_target: call.backup_target.as_deref(),
            environment: &environment,
            discovery: &discovery,
            state: None,
            patience: applying::run::PATIENCE,
            interrupt,
        })?)
    })?;
    to_python(py, &execution)
}

/// Applies a package under a valid warrant (`execution.json`).
#[pyfunction]
#[pyo3(signature = (package, target, *, trust, warrant=None, backup=None, prove_backup=false, backup_target=None,
                    bin_dir=None, writable_trust=false))]
#[allow(clippy::too_many_arguments)]
pub fn apply(
    py: Python<'_>,
    package: PathBuf,
    target: String,
    trust: PathBuf,
    warrant: Option<String>,
    backup: Option<PathBuf>,
    prove_backup: bool,
    backup_target: Option<String>,
    bin_dir: Option<PathBuf>,
    writable_trust: bool,
) -> PyResult<Py<PyAny>> {
    let reach = reach(writable_trust);
    execute(
        py,
        Operation::Apply,
        Call { package, target, trust, reach, warrant, backup, prove_backup, backup_target, bin_dir },
    )
}

/// Rolls a package back under a warrant of its own (`execution.json`).
#[pyfunction]
#[pyo3(signature = (package, target, *, trust, warrant=None, backup=None, prove_backup=false, backup_target=None,
                    bin_dir=None, writable_trust=false))]
#[allow(clippy::too_many_arguments)]
pub fn rollback(
    py: Python<'_>,
    package: PathBuf,
    target: String,
    trust: PathBuf,
    warrant: Option<String>,
    backup: Option<PathBuf>,
    prove_backup: bool,
    backup_target: Option<String>,
    bin_dir: Option<PathBuf>,
    writable_trust: bool,
) -> PyResult<Py<PyAny>> {
    let reach = reach(writable_trust);
    execute(
        py,
        Operation::Rollback,
        Call { package, target, trust, reach, warrant, backup, prove_backup, backup_target, bin_dir },
    )
}

/// Takes a backup into the package's `runs/backups/<utc>` (`backup.json`).
#[pyfunction]
#[pyo3(signature = (package, target, *, bin_dir=None))]
pub fn backup(py: Python<'_>, package: PathBuf, target: String, bin_dir: Option<PathBuf>) -> PyResult<Py<PyAny>> {
    let discovery = discovery(py, bin_dir)?;
    let taken = working(py, move |interrupt| {
        let package = Package::open(&package)?;
        let (backup, record) = backups::take_for(&package, &target, &Environment::of_process(), &discovery, interrupt)?;
        Ok(json!({"record": record, "backup": backup}))
    })?;
    to_python(py, &taken)
}

/// Looks at the target on a fresh connection: does what the package's last run left still stand?
#[pyfunction]
pub fn verify(py: Python<'_>, package: PathBuf, target: String) -> PyResult<Py<PyAny>> {
    let verified = working(py, move |interrupt| {
        let dossier = Dossier::open(&package)?;
        Ok(applying::verify::verify(&dossier, &target, &Environment::of_process(), interrupt)?)
    })?;
    to_python(py, &verified)
}

/// Where a package stands; with a target, an interrupted run is resolved.
#[pyfunction]
#[pyo3(signature = (package, target=None))]
pub fn status(py: Python<'_>, package: PathBuf, target: Option<String>) -> PyResult<Py<PyAny>> {
    let status = working(py, move |interrupt| {
        let package = Package::open(&package)?;
        Ok(applying::recovery::status(&package, target.as_deref(), &Environment::of_process(), interrupt)?)
    })?;
    to_python(py, &status)
}

/// Verifies a journal's chain: `{entries, anchor, head, torn_bytes}`.
#[pyfunction]
pub fn verify_journal(py: Python<'_>, path: PathBuf) -> PyResult<Py<PyAny>> {
    let chain = working(py, move |_| Ok(journal::read(&path)?))?;
    to_python(
        py,
        &json!({"entries": chain.entries, "anchor": chain.anchor, "head": chain.head, "torn_bytes": chain.torn_bytes}),
    )
}
