//! Sealing, opening, and what has to be signed.

use std::path::{Path, PathBuf};

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use serde_json::json;

use super::convert::{Files, to_python};
use super::running::reach;
use super::working::working;
use crate::apply::Dossier;
use crate::base::{Digest, Interrupt};
use crate::error::Error;
use crate::package::Package;
use crate::pg::Environment;
use crate::warrant::authorise::{self, Filed};
use crate::warrant::{Operation, TrustRoot, Warrant, WarrantError, payload};

/// Seals files into a new package.
#[pyfunction]
#[pyo3(signature = (out, files, *, change_id, requested_by))]
pub fn seal(
    py: Python<'_>,
    out: PathBuf,
    files: Files,
    change_id: String,
    requested_by: String,
) -> PyResult<Py<PyAny>> {
    let package =
        working(py, move |_| Ok(Package::seal(&out, &files, &change_id, &requested_by, crate::base::clock::now())?))?;
    described(py, &package)
}

/// Reads a package and verifies every byte of it.
#[pyfunction]
pub fn open_package(py: Python<'_>, path: PathBuf) -> PyResult<Py<PyAny>> {
    let package = working(py, move |_| Ok(Package::open(&path)?))?;
    described(py, &package)
}

fn described(py: Python<'_>, package: &Package) -> PyResult<Py<PyAny>> {
    let manifest = &package.manifest;
    to_python(
        py,
        &json!({"digest": package.digest, "path": package.folder, "manifest": manifest, "files": manifest.files}),
    )
}

/// The bytes a person signs: `{digest, payload, file}`. Nothing is decided by making them.
#[pyfunction]
#[pyo3(signature = (package, *, role, operation="apply", decision="approve", not_before=None, minutes=60, supersedes=None,
                    because=None, trust=None, writable_trust=false, target=None))]
#[allow(clippy::too_many_arguments)]
pub fn request(
    py: Python<'_>,
    package: PathBuf,
    role: String,
    operation: &str,
    decision: &str,
    not_before: Option<String>,
    minutes: i64,
    supersedes: Option<String>,
    because: Option<String>,
    trust: Option<PathBuf>,
    writable_trust: bool,
    target: Option<String>,
) -> PyResult<Py<PyDict>> {
    let (operation, decision) = (operation.to_owned(), decision.to_owned());
    let bytes = working(py, move |interrupt| {
        let operation = operation.parse::<Operation>()?;
        let trust = trust.map(|trust| TrustRoot::read(&trust, &package, reach(writable_trust))).transpose()?;
        let trust = trust.map(|trust| trust.digest());
        let asked = Asked { role, operation, not_before, minutes, supersedes, because, trust, target };
        asked.warrant(&package, decision.parse()?, interrupt)
    })?;
    let answer = PyDict::new(py);
    answer.set_item("digest", Digest::of(&bytes).to_string())?;
    answer.set_item("file", authorise::file_name(&bytes))?;
    answer.set_item("payload", PyBytes::new(py, &bytes))?;
    Ok(answer.unbind())
}

struct Asked {
    role: String,
    operation: Operation,
    not_before: Option<String>,
    minutes: i64,
    supersedes: Option<String>,
    because: Option<String>,
    trust: Option<Digest>,
    target: Option<String>,
}

impl Asked {
    fn warrant(self, folder: &Path, decision: payload::Decision, interrupt: &Interrupt) -> Result<Vec<u8>, Error> {
        let dossier = Dossier::open(folder)?;
        let subject = dossier.subject(self.operation)?;
        let instance = match &self.target {
            Some(target) => dossier.instance_now(target, &Environment::of_process(), interrupt)?,
            None => dossier.instance(self.operation)?,
        };
        let malformed = |problem: String| WarrantError::Malformed { problem };
        let from = match self.not_before {
            Some(text) => text.parse::<jiff::Timestamp>().map_err(|failure| malformed(failure.to_string()))?,
            None => jiff::Timestamp::from_second(crate::base::clock::now().as_second())
                .map_err(|failure| malformed(failure.to_string()))?,
        };
        let until = from
            .checked_add(jiff::SignedDuration::from_mins(self.minutes))
            .map_err(|failure| malformed(failure.to_string()))?;
        let supersedes = match self.supersedes {
            None => None,
            Some(name) => {
                let filed = authorise::filed(&dossier.package)?;
                let mut named =
                    filed.into_iter().filter(|filed| name.len() >= 12 && filed.digest.as_str().starts_with(&name));
                let Some(found) = named.next() else {
                    return Err(malformed(format!("no warrant of this package is called {name}")).into());
                };
                Some(found.digest)
            }
        };
        if !subject.roles.is_empty() && !subject.roles.contains(&self.role) {
            let found = subject.roles.join(" or ");
            return Err(WarrantError::OtherPackage { field: "role", signed: self.role, found }.into());
        }
        let warrant = Warrant {
            format: payload::FORMAT,
            operation: self.operation,
            decision,
            change: dossier.package.manifest.change.clone(),
            package: dossier.package.digest.clone(),
            script: subject.script,
            statements: subject.statements,
            delta: subject.delta,
            review: subject.review,
            fingerprint: subject.fingerprint,
            target: subject.target,
            instance,
            role: self.role,
            trust: self.trust,
            not_before: from.to_string(),
            not_after: until.to_string(),
            nonce: Warrant::nonce()?,
            requested_by: dossier.package.manifest.requested_by.clone(),
            supersedes,
            because: self.because,
        };
        Ok(warrant.bytes()?)
    }
}

/// Looks at one signed warrant as an apply would, and says who signed. Nothing is used up.
#[pyfunction]
#[pyo3(signature = (package, payload, signature, trust, *, writable_trust=false))]
pub fn admit_warrant(
    py: Python<'_>,
    package: PathBuf,
    payload: Vec<u8>,
    signature: String,
    trust: PathBuf,
    writable_trust: bool,
) -> PyResult<Py<PyAny>> {
    let admitted = working(py, move |_| {
        let dossier = Dossier::open(&package)?;
        let trust = TrustRoot::read(&trust, &package, reach(writable_trust))?;
        let warrant = Warrant::read(&payload)?;
        let operation = warrant.operation;
        let filed = Filed {
            path: package.join("warrants").join(authorise::file_name(&payload)),
            digest: Digest::of(&payload),
            warrant,
            bytes: payload,
            signatures: vec![(PathBuf::new(), signature.into_bytes())],
        };
        let subject = dossier.subject(operation)?;
        let now = crate::base::clock::now();
        Ok(authorise::authorise(&filed, operation, &dossier.package, &subject, &trust, now)?)
    })?;
    to_python(py, &json!({"digest": admitted.digest(), "warrant": admitted.warrant(), "signers": admitted.signers()}))
}
