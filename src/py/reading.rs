//! Scripts, documents, rules and codes: nothing here needs a server.

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use serde_json::{Value, json};

use super::convert::{settle, to_python};
use super::working::reading;
use crate::base::Coded as _;
use crate::script::{self, Script};
use crate::{checks, error, sql};

/// What psql would send, statement by statement, with the facts of each; meta-commands among them.
#[pyfunction]
pub fn statements(py: Python<'_>, script: Vec<u8>) -> PyResult<Py<PyAny>> {
    let list = reading(py, move |_| Ok(list(&Script::read(&script)?)))?;
    to_python(py, &list)
}

fn list(script: &Script) -> Vec<Value> {
    let mut all: Vec<(usize, Value)> = Vec::new();
    for statement in &script.statements {
        let (tag, facts, error) = match sql::classify(statement.text()) {
            Ok(facts) => (json!(facts.tag), json!(facts), Value::Null),
            Err(failure) => (Value::Null, Value::Null, json!({"code": failure.code(), "message": failure.to_string()})),
        };
        let mut entry = json!({
            "kind": "sql", "text": statement.text(), "start": statement.span.start, "end": statement.span.end,
            "line": statement.place.line, "column": statement.place.column, "tag": tag, "facts": facts,
        });
        if let (Value::Object(map), false) = (&mut entry, error.is_null()) {
            map.insert("error".into(), error);
        }
        all.push((statement.span.start, entry));
    }
    for meta in &script.metas {
        let entry = json!({
            "kind": "meta", "text": meta.span.of(&script.text), "start": meta.span.start, "end": meta.span.end,
            "line": meta.place.line, "column": meta.place.column, "tag": meta.name, "facts": {"arguments": meta.arguments},
        });
        all.push((meta.span.start, entry));
    }
    all.sort_by_key(|(start, _)| *start);
    all.into_iter().map(|(_, entry)| entry).collect()
}

/// The SQL of one fenced block of a Markdown document, chosen by heading or by index.
#[pyfunction]
#[pyo3(signature = (markdown, *, heading=None, index=None, sha256=None))]
pub fn freeze(
    py: Python<'_>,
    markdown: Vec<u8>,
    heading: Option<String>,
    index: Option<usize>,
    sha256: Option<String>,
) -> PyResult<Bound<'_, PyBytes>> {
    let text = String::from_utf8(markdown)
        .map_err(|_| pyo3::exceptions::PyValueError::new_err("the document is not UTF-8 text"))?;
    let frozen = settle(py, script::freeze(&text, heading.as_deref(), index, sha256.as_deref()))?;
    Ok(PyBytes::new(py, &frozen))
}

/// Every rule of the checks: slug, family, severity, and its page.
#[pyfunction]
pub fn rules(py: Python<'_>) -> PyResult<Py<PyAny>> {
    let rules: Vec<Value> = checks::rules()
        .iter()
        .map(|rule| {
            let page = checks::explain(rule.slug);
            json!({"rule": rule.slug, "family": rule.family, "severity": rule.severity, "page": page})
        })
        .collect();
    to_python(py, &rules)
}

/// The page of a rule, or the meaning of an error code.
#[pyfunction]
pub fn explain(code: &str) -> Option<String> {
    checks::explain(code).or_else(|| Some(format!("# {code}\n\n{}\n", error::meaning(code)?)))
}

/// The codes that can be raised, with what they mean.
#[pyfunction]
pub fn codes(py: Python<'_>) -> PyResult<Py<PyAny>> {
    let codes: Vec<Value> = error::CODES
        .iter()
        .map(|(code, meaning)| json!({"code": code, "room": code.split('.').next(), "meaning": meaning}))
        .collect();
    to_python(py, &codes)
}
