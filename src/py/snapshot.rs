//! Snapshots of live databases, and what follows from two of them.

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use serde_json::{Map, Value, json};

use super::convert::{settle, to_python};
use super::working::working;
use crate::base::Interrupt;
use crate::catalog::{Noun, Scope, Snapshot as Catalog};
use crate::delta::Delta;
use crate::error::Error;
use crate::inverse::{Inverse, InverseError, Loss};
use crate::pg::{Environment, Patience, Purpose, Session, Settings};

/// The whole catalog of one database at one instant.
#[pyclass(frozen, module = "pgwarrant._core")]
pub struct Snapshot {
    pub(super) catalog: Catalog,
}

fn read(conninfo: &str, interrupt: &Interrupt) -> Result<Catalog, Error> {
    let environment = Environment::of_process();
    let settings = Settings::resolve(conninfo, &environment)?;
    let mut session = Session::connect(&settings, &environment, Purpose::Look, Patience::LOOKING, interrupt)?;
    Ok(Catalog::begin(&mut session)?)
}

#[pymethods]
impl Snapshot {
    /// Reads a database, in one read-only transaction.
    #[staticmethod]
    #[pyo3(name = "read")]
    fn of_database(py: Python<'_>, conninfo: String) -> PyResult<Self> {
        Ok(Self { catalog: working(py, move |interrupt| read(&conninfo, interrupt))? })
    }

    /// Reads the JSON form.
    #[staticmethod]
    fn load(py: Python<'_>, content: Vec<u8>) -> PyResult<Self> {
        Ok(Self { catalog: working(py, move |_| Ok(Catalog::from_json(&content)?))? })
    }

    /// The JSON form.
    fn to_json<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, &settle(py, self.catalog.to_json())?))
    }

    /// The delta from this snapshot to another.
    fn diff(&self, py: Python<'_>, other: &Self) -> PyResult<Py<PyAny>> {
        let delta = Delta::between(&self.catalog, &other.catalog);
        to_python(py, &delta)
    }

    /// Every noun that can be counted, in the whole database or in one schema.
    #[pyo3(signature = (schema=None))]
    fn counts(&self, py: Python<'_>, schema: Option<String>) -> PyResult<Py<PyAny>> {
        let scope = schema.map_or(Scope::Database, Scope::Schema);
        let counts: Map<String, Value> = Noun::ALL
            .iter()
            .filter_map(|noun| Some((noun.to_string(), json!(self.catalog.count(*noun, &scope).ok()?))))
            .collect();
        to_python(py, &counts)
    }

    /// Every object: kind, path, name, owner, comment, facts.
    fn objects(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let list: Vec<Value> = self
            .catalog
            .objects
            .iter()
            .map(|(key, object)| {
                json!({"kind": key.kind, "path": key.path, "name": key.to_string(), "parent": object.parent,
                       "owner": object.owner, "comment": object.comment, "acl": object.acl, "facts": object.facts})
            })
            .collect();
        to_python(py, &list)
    }

    /// What the snapshot does not hold.
    #[getter]
    fn not_covered(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        to_python(py, &self.catalog.not_covered)
    }

    /// The digest of all hashed facts.
    #[getter]
    fn fingerprint(&self) -> String {
        self.catalog.fingerprint().to_string()
    }

    #[getter]
    fn server_version_num(&self) -> u32 {
        self.catalog.server.0
    }

    #[getter]
    fn database(&self) -> &str {
        &self.catalog.database
    }
}

/// The statements that lead back from the second snapshot to the first, with their verdicts.
#[pyfunction]
pub fn invert(py: Python<'_>, before: &Snapshot, after: &Snapshot) -> PyResult<Py<PyAny>> {
    let delta = Delta::between(&before.catalog, &after.catalog);
    told(py, Inverse::of(&delta, &before.catalog, &after.catalog))
}

/// The statements that lead from one snapshot to another; what would lose rows or values is left out, unless allowed.
#[pyfunction]
pub fn way(py: Python<'_>, start: &Snapshot, end: &Snapshot, data_loss: bool) -> PyResult<Py<PyAny>> {
    let loss = if data_loss { Loss::Allowed } else { Loss::LeftOut };
    told(py, Inverse::way(&start.catalog, &end.catalog, loss))
}

fn told(py: Python<'_>, inverse: Result<Inverse, InverseError>) -> PyResult<Py<PyAny>> {
    let inverse = settle(py, inverse)?;
    let mut value = serde_json::to_value(&inverse).unwrap_or_default();
    if let Value::Object(map) = &mut value {
        map.insert("script".into(), json!(inverse.script()));
    }
    to_python(py, &value)
}
