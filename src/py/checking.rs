//! The check phase: of one change, of one script, and of everything that was named at once.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::convert::{Files, to_python};
use super::snapshot::Snapshot;
use super::working::reading;
use crate::base::Severity;
use crate::change::Change;
use crate::checks::{self, Batch, ChecksError, Context, Exclusions, Known, Options, Show};
use crate::script::Script;

/// A snapshot of the target: at hand, or in a file.
#[derive(FromPyObject)]
pub enum Taken {
    AtHand(Py<Snapshot>),
    InFile(PathBuf),
}

fn known(snapshot: Option<&Taken>) -> Result<Known, ChecksError> {
    match snapshot {
        Some(Taken::AtHand(snapshot)) => Ok(Known::of(&snapshot.get().catalog)),
        Some(Taken::InFile(path)) => Known::load(path),
        None => Ok(Known::default()),
    }
}

/// The static checks of a change (`check.json`).
#[pyfunction]
#[pyo3(signature = (change, *, pg=None, snapshot=None))]
pub fn check(py: Python<'_>, change: Files, pg: Option<u32>, snapshot: Option<Taken>) -> PyResult<Py<PyAny>> {
    let report = reading(py, move |_| {
        let context = Context { major: pg, known: known(snapshot.as_ref())?, ..Context::default() };
        let change = Change::read(&change)?;
        Ok(checks::check(&change.script, Some(&change.contract), &context)?)
    })?;
    to_python(py, &report)
}

/// The hazard rules over a script that has no contract.
#[pyfunction]
#[pyo3(signature = (script, *, name="script.sql", pg=None, snapshot=None))]
pub fn check_script(
    py: Python<'_>,
    script: Vec<u8>,
    name: &str,
    pg: Option<u32>,
    snapshot: Option<Taken>,
) -> PyResult<Py<PyAny>> {
    let file = name.to_owned();
    let report = reading(py, move |_| {
        let known = known(snapshot.as_ref())?;
        let context = Context { major: pg, known, ..Context::default() }.named(file);
        Ok(checks::check(&Script::read(&script)?, None, &context)?)
    })?;
    to_python(py, &report)
}

/// Checks files, directories, changes, patterns and standard input (`-`) at once: `{exit_status, errors}`, what is to be
/// shown (`text` or `document`), and where it is wanted the whole document as `json`.
#[pyfunction]
#[pyo3(signature = (paths, *, show="everything", json=false, stdin=None, pg=None, snapshot=None, fail_on="error",
                    exclude_rules=Vec::new(), per_file=BTreeMap::new(), root=None, color=false, width=0))]
#[allow(clippy::too_many_arguments, clippy::fn_params_excessive_bools)]
pub fn check_paths<'py>(
    py: Python<'py>,
    paths: Vec<PathBuf>,
    show: &str,
    json: bool,
    stdin: Option<Vec<u8>>,
    pg: Option<u32>,
    snapshot: Option<Taken>,
    fail_on: &str,
    exclude_rules: Vec<String>,
    per_file: BTreeMap<String, Vec<String>>,
    root: Option<PathBuf>,
    color: bool,
    width: usize,
) -> PyResult<Bound<'py, PyDict>> {
    let fail_on = severity(fail_on)?;
    let show = match show {
        "text" => Show::Text { color, width },
        "findings" => Show::Findings,
        "everything" => Show::Everything,
        other => return Err(wrong(format!("\"{other}\" is none of text, findings and everything"))),
    };
    let (batch, written) = reading(py, move |interrupt| {
        let exclusions = Exclusions::new(&exclude_rules, &per_file, root)?;
        let options = Options { major: pg, known: known(snapshot.as_ref())?, fail_on, exclusions, show, whole: json };
        let batch = checks::check_all(checks::expand(&paths, stdin), &options, interrupt);
        let written = json.then(|| batch.json()).transpose();
        Ok((batch, written))
    })?;
    let lost = |failure: serde_json::Error| PyRuntimeError::new_err(failure.to_string());
    let answer = PyDict::new(py);
    answer.set_item("exit_status", batch.exit_status())?;
    answer.set_item("errors", batch.complaints(color, width))?;
    if let Some(written) = written.map_err(lost)? {
        answer.set_item("json", written)?;
    }
    match show {
        Show::Text { .. } => answer.set_item("text", Pieces { batch, next: AtomicUsize::new(0) })?,
        // Whoever wants the whole document as JSON does not want it as objects too.
        Show::Everything if json => {}
        _ => answer.set_item("document", to_python(py, &batch.document(show).map_err(lost)?)?)?,
    }
    Ok(answer)
}

/// The text of a check, piece by piece.
#[pyclass(frozen, module = "pgwarrant._core")]
pub struct Pieces {
    batch: Batch,
    next: AtomicUsize,
}

#[pymethods]
impl Pieces {
    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> Option<String> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        py.detach(|| self.batch.piece(number))
    }
}

fn severity(text: &str) -> PyResult<Severity> {
    match text {
        "error" => Ok(Severity::Error),
        "warning" => Ok(Severity::Warning),
        "note" => Ok(Severity::Note),
        other => Err(wrong(format!("\"{other}\" is none of error, warning and note"))),
    }
}

fn wrong(text: String) -> PyErr {
    pyo3::exceptions::PyValueError::new_err(text)
}
