//! Dry run, preflight: the phases an agent may take by itself.

use std::path::PathBuf;

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use serde_json::Value;

use super::convert::{Files, discovery, from_python, to_python};
use super::working::working;
use crate::change::Change;
use crate::contract;
use crate::pg::Environment;
use crate::preflight as looking;
use crate::rehearsal::{self, Base, DryRun, Options};

fn base_of(text: &str) -> PyResult<Base> {
    match text {
        "structural" => Ok(Base::Structural),
        "restored" => Ok(Base::Restored),
        other => {
            Err(pyo3::exceptions::PyValueError::new_err(format!("base \"{other}\" is neither structural nor restored")))
        }
    }
}

/// The dry run (`dry_run.json`).
#[pyfunction]
#[pyo3(signature = (change, *, major=None, bin_dir=None, base="structural", target=None, role=None))]
pub fn dry_run(
    py: Python<'_>,
    change: Files,
    major: Option<u32>,
    bin_dir: Option<PathBuf>,
    base: &str,
    target: Option<String>,
    role: Option<String>,
) -> PyResult<Py<PyAny>> {
    let base = base_of(base)?;
    let discovery = discovery(py, bin_dir)?;
    let run = working(py, move |interrupt| {
        let change = Change::read(&change)?;
        let options = Options {
            major,
            base,
            target: target.as_deref(),
            role: role.as_deref(),
            discovery: &discovery,
            environment: &Environment::of_process(),
            interrupt,
        };
        Ok(rehearsal::dry_run(&change, &options)?)
    })?;
    to_python(py, &run)
}

/// The read-only look at the target: `(preflight.json, snapshot.json)`.
#[pyfunction]
#[pyo3(signature = (change, target, *, dry_run=None))]
pub fn preflight<'py>(
    py: Python<'py>,
    change: Files,
    target: String,
    dry_run: Option<Bound<'py, PyAny>>,
) -> PyResult<(Py<PyAny>, Bound<'py, PyBytes>)> {
    let rehearsed: Option<Value> = dry_run.as_ref().map(from_python).transpose()?;
    let identifier = rehearsed
        .as_ref()
        .and_then(|run| run.pointer("/cluster/system_identifier"))
        .and_then(Value::as_str)
        .map(str::to_owned);
    let (seen, snapshot) = working(py, move |interrupt| {
        let change = Change::read(&change)?;
        let context = looking::Context { rehearsal_system_identifier: identifier };
        let (seen, snapshot) = looking::look(&change, &target, &context, &Environment::of_process(), interrupt)?;
        Ok((seen, snapshot.to_json()?))
    })?;
    Ok((to_python(py, &seen)?, PyBytes::new(py, &snapshot)))
}

/// A first contract from what a dry run saw, for a person to prune.
#[pyfunction]
pub fn draft_contract(py: Python<'_>, change: Files, dry_run: Bound<'_, PyAny>) -> PyResult<String> {
    let run: DryRun = from_python(&dry_run)?;
    working(py, move |_| {
        let change = Change::read(&change)?;
        let database = change.contract.target.as_ref().map(|target| target.database.as_str());
        Ok(contract::draft(&change.contract.change, database, &run.role, &change.facts()?, &run.delta))
    })
}
