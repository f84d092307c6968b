//! Servers of this machine and ephemeral clusters.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use super::convert::{discovery, raise, to_python};
use super::working::working;
use crate::base::quote_ident;
use crate::change;
use crate::cluster::{ClusterError, EphemeralCluster, Server};
use crate::error::Error;
use crate::pg::{PgError, Purpose};

/// The PostgreSQL servers found, in order of preference.
#[pyfunction]
#[pyo3(signature = (bin_dir=None))]
pub fn servers(py: Python<'_>, bin_dir: Option<PathBuf>) -> PyResult<Py<PyAny>> {
    let discovery = discovery(py, bin_dir)?;
    let found = working(py, move |_| Ok(discovery.servers()?))?;
    to_python(py, &found)
}

/// A throw-away PostgreSQL server on a Unix socket, gone when it is stopped, dropped, or its process dies.
#[pyclass(frozen, module = "pgwarrant._core")]
pub struct Cluster {
    server: Server,
    superuser: Option<String>,
    running: Arc<Mutex<Option<EphemeralCluster>>>,
}

impl Cluster {
    /// Looks at the running cluster.
    fn look<T>(&self, py: Python<'_>, look: impl FnOnce(&EphemeralCluster) -> Result<T, ClusterError>) -> PyResult<T> {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        match running.as_ref() {
            Some(cluster) => look(cluster).map_err(|failure| raise(py, &failure.into())),
            None => Err(PyRuntimeError::new_err("the cluster is not running; call start()")),
        }
    }
}

#[pymethods]
impl Cluster {
    #[new]
    #[pyo3(signature = (major=None, bin_dir=None, *, superuser=None))]
    fn new(py: Python<'_>, major: Option<u32>, bin_dir: Option<PathBuf>, superuser: Option<String>) -> PyResult<Self> {
        let discovery = discovery(py, bin_dir)?;
        let server = working(py, move |_| Ok(discovery.choose(major)?))?;
        Ok(Self { server, superuser, running: Arc::default() })
    }

    /// Makes and starts it. Starting a running cluster changes nothing.
    fn start(&self, py: Python<'_>) -> PyResult<()> {
        let (server, running) = (self.server.clone(), Arc::clone(&self.running));
        let superuser = self.superuser.clone();
        working(py, move |interrupt| {
            let mut running = running.lock().unwrap_or_else(PoisonError::into_inner);
            if running.is_none() {
                let cluster = match &superuser {
                    Some(superuser) => EphemeralCluster::start_named(superuser, &server, interrupt)?,
                    None => EphemeralCluster::start(&server, interrupt)?,
                };
                *running = Some(cluster);
            }
            Ok(())
        })
    }

    /// Stops it and removes every trace.
    fn stop(&self, py: Python<'_>) -> PyResult<()> {
        let running = Arc::clone(&self.running);
        working(py, move |_| {
            let taken = running.lock().unwrap_or_else(PoisonError::into_inner).take();
            Ok(taken.map_or(Ok(()), |mut cluster| cluster.stop())?)
        })
    }

    /// The connection string of a database, as the cluster's superuser.
    #[pyo3(signature = (database="postgres"))]
    fn conninfo(&self, py: Python<'_>, database: &str) -> PyResult<String> {
        self.look(py, |cluster| cluster.conninfo(database))
    }

    /// Makes a database.
    #[pyo3(signature = (name, *, owner=None))]
    fn create_database(&self, py: Python<'_>, name: String, owner: Option<String>) -> PyResult<()> {
        let running = Arc::clone(&self.running);
        working(py, move |_| {
            let running = running.lock().unwrap_or_else(PoisonError::into_inner);
            let cluster = running.as_ref().ok_or(ClusterError::NotStarted { problem: "it is not running".into() })?;
            let mut session = cluster.session("postgres", Purpose::Change)?;
            let owner = owner.map(|owner| format!(" OWNER {}", quote_ident(&owner))).unwrap_or_default();
            session.execute(&format!("CREATE DATABASE {}{owner} TEMPLATE template0", quote_ident(&name)))?;
            Ok(())
        })
    }

    /// Runs a script, each statement in a transaction of its own unless it says otherwise; the first error ends it.
    #[pyo3(signature = (script, *, database="postgres", role=None))]
    fn run(&self, py: Python<'_>, script: Vec<u8>, database: &str, role: Option<String>) -> PyResult<()> {
        let database = database.to_owned();
        let running = Arc::clone(&self.running);
        working(py, move |_| {
            let running = running.lock().unwrap_or_else(PoisonError::into_inner);
            let cluster = running.as_ref().ok_or(ClusterError::NotStarted { problem: "it is not running".into() })?;
            let script = change::read_script("script", &script)?;
            let role = role.unwrap_or_else(|| cluster.superuser().to_owned());
            let mut session = cluster.session_as(&role, &database, Purpose::Change)?;
            for statement in &script.statements {
                session.execute(statement.text()).map_err(|failure| located(failure, statement.place.line))?;
            }
            Ok(())
        })
    }

    fn __enter__(slf: Py<Self>, py: Python<'_>) -> PyResult<Py<Self>> {
        slf.get().start(py)?;
        Ok(slf)
    }

    #[pyo3(signature = (kind=None, error=None, trace=None))]
    fn __exit__(
        &self,
        py: Python<'_>,
        kind: Option<Py<PyAny>>,
        error: Option<Py<PyAny>>,
        trace: Option<Py<PyAny>>,
    ) -> PyResult<()> {
        let _ = (kind, error, trace);
        self.stop(py)
    }

    #[getter]
    fn major(&self) -> u32 {
        self.server.major
    }

    #[getter]
    fn server_version(&self) -> &str {
        &self.server.version
    }

    #[getter]
    fn system_identifier(&self, py: Python<'_>) -> PyResult<String> {
        self.look(py, |cluster| Ok(cluster.system_identifier().to_owned()))
    }

    #[getter]
    fn bin_dir(&self) -> String {
        self.server.bin.display().to_string()
    }
}

/// Names the line of the statement that the server refused.
fn located(failure: PgError, line: usize) -> Error {
    Error::Pg(match failure {
        PgError::Server { sqlstate, message, detail, hint, position } => {
            PgError::Server { sqlstate, message: format!("line {line}: {message}"), detail, hint, position }
        }
        other => other,
    })
}
