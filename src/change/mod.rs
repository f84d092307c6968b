//! A change: its files, read once. What is hashed, checked, rehearsed and executed are these very bytes.

pub mod error;

use std::collections::BTreeMap;

use crate::base::Place;
use crate::contract::Contract;
use crate::script::{Script, Statement};
use crate::sql::{self, Facts};

pub use error::ChangeError;

pub const SCRIPT: &str = "change.sql";
pub const CONTRACT: &str = "change.contract";
pub const ROLLBACK: &str = "rollback.sql";
pub const SCAFFOLD: &str = "scaffold.sql";

/// More statements than this are not one change that a person can review.
pub const MOST_STATEMENTS: usize = 20_000;

/// One statement to run: its bytes as they stand in the script.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its number in the script, from 1.
    pub index: usize,
    pub place: Place,
    pub tag: String,
    pub text: String,
}

/// The files of a change, and what they say.
#[derive(Clone, Debug)]
pub struct Change {
    pub script: Script,
    pub contract: Contract,
    /// Hand-written; without it the inverse is synthesised.
    pub rollback: Option<Script>,
    /// For the dry run only; never shipped.
    pub scaffold: Option<Script>,
}

impl Change {
    /// Reads the files of a change: name to bytes.
    pub fn read(files: &BTreeMap<String, Vec<u8>>) -> Result<Self, ChangeError> {
        let known = [SCRIPT, CONTRACT, ROLLBACK, SCAFFOLD];
        if let Some(file) = files.keys().find(|name| !known.contains(&name.as_str())) {
            return Err(ChangeError::Unknown { file: file.clone() });
        }
        let optional = |file: &'static str| files.get(file).map(|bytes| read_script(file, bytes)).transpose();
        let script = optional(SCRIPT)?.ok_or(ChangeError::Missing { file: SCRIPT })?;
        let contract = files.get(CONTRACT).ok_or(ChangeError::Missing { file: CONTRACT })?;
        let contract = Contract::read(contract).map_err(|source| ChangeError::Contract { source })?;
        Ok(Self { script, contract, rollback: optional(ROLLBACK)?, scaffold: optional(SCAFFOLD)? })
    }
}

impl Change {
    /// The facts of every statement of the script; one that cannot be read is an error here (the checks make it a
    /// finding).
    pub fn facts(&self) -> Result<Vec<Facts>, ChangeError> {
        facts(SCRIPT, &self.script)
    }
}

/// The facts of every statement of one script of a change.
pub fn facts(file: &'static str, script: &Script) -> Result<Vec<Facts>, ChangeError> {
    classify(file, script)?.collect()
}

/// Reads one script of a change.
pub fn read_script(file: &'static str, bytes: &[u8]) -> Result<Script, ChangeError> {
    let script = Script::read(bytes).map_err(|source| ChangeError::Script { file, source })?;
    let found = script.statements.len();
    if found > MOST_STATEMENTS { Err(ChangeError::TooMany { file, found, most: MOST_STATEMENTS }) } else { Ok(script) }
}

/// The statements to run, in order. The transaction is ours: the script's own BEGIN and COMMIT say where it begins and
/// ends, and are not sent.
pub fn steps(file: &'static str, script: &Script) -> Result<Vec<Step>, ChangeError> {
    let mut steps = Vec::new();
    for ((at, statement), facts) in script.statements.iter().enumerate().zip(classify(file, script)?) {
        let facts = facts?;
        if facts.transaction.is_none() {
            steps.push(Step {
                index: at + 1,
                place: statement.place,
                tag: facts.tag.into(),
                text: statement.text().to_owned(),
            });
        }
    }
    Ok(steps)
}

/// What a rollback may make, alter and drop: the kinds of which a delta tells. Not the database and its settings: another
/// database could be named.
const IN_A_ROLLBACK: [&str; 39] = [
    "TABLE",
    "INDEX",
    "VIEW",
    "MATERIALIZED VIEW",
    "SEQUENCE",
    "SCHEMA",
    "TYPE",
    "DOMAIN",
    "FUNCTION",
    "PROCEDURE",
    "ROUTINE",
    "AGGREGATE",
    "TRIGGER",
    "RULE",
    "POLICY",
    "EVENT TRIGGER",
    "EXTENSION",
    "CONSTRAINT",
    "STATISTICS",
    "COLLATION",
    "CONVERSION",
    "CAST",
    "OPERATOR",
    "OPERATOR CLASS",
    "OPERATOR FAMILY",
    "LANGUAGE",
    "TRANSFORM",
    "ACCESS METHOD",
    "TEXT SEARCH PARSER",
    "TEXT SEARCH TEMPLATE",
    "TEXT SEARCH DICTIONARY",
    "TEXT SEARCH CONFIGURATION",
    "FOREIGN DATA WRAPPER",
    "SERVER",
    "USER MAPPING",
    "FOREIGN TABLE",
    "PUBLICATION",
    "DEFAULT PRIVILEGES",
    "LARGE OBJECT",
];

/// Whether what a statement does shows in a delta, or is a row put back into a named table. Everything else throws rows
/// away, moves data past the statement, runs code, speaks to other sessions, or reaches beyond the database's objects.
fn undoes(tag: &str) -> bool {
    let noun = ["CREATE ", "ALTER ", "DROP "].iter().find_map(|verb| tag.strip_prefix(verb));
    match noun {
        Some(noun) => IN_A_ROLLBACK.contains(&noun),
        None => ["COMMENT", "GRANT", "REVOKE", "SECURITY LABEL", "INSERT", "UPDATE", "SET"].contains(&tag),
    }
}

/// A rollback script has no contract to allow anything: it drops by name, never by cascade, hides nothing, and does
/// nothing that the comparison of catalogs could not see, rows of named tables that it puts back aside.
pub fn rollback_steps(script: &Script) -> Result<Vec<Step>, ChangeError> {
    if let Some(meta) = script.metas.first() {
        let problem = format!("{} is a psql command", meta.name);
        return Err(ChangeError::Forbidden { file: ROLLBACK, line: meta.place.line, problem });
    }
    if let Some(variable) = script.variables.first() {
        let problem = format!(":{} is a psql variable", variable.name);
        return Err(ChangeError::Forbidden { file: ROLLBACK, line: variable.place.line, problem });
    }
    let last = script.statements.len();
    for ((at, statement), facts) in script.statements.iter().enumerate().zip(classify(ROLLBACK, script)?) {
        if let Some(problem) = forbidden_in_a_rollback(&facts?, at + 1, last) {
            return Err(ChangeError::Forbidden { file: ROLLBACK, line: statement.place.line, problem });
        }
    }
    steps(ROLLBACK, script)
}

fn forbidden_in_a_rollback(facts: &Facts, number: usize, last: usize) -> Option<String> {
    use crate::sql::TransactionControl::{Begin, Commit};
    match &facts.transaction {
        Some(Begin { options: 0 }) if number == 1 => return None,
        Some(Commit { chain: false }) if number == last => return None,
        Some(_) => return Some("only one BEGIN at the start and one COMMIT at the end belong in a rollback".into()),
        None => {}
    }
    if facts.flags.cascade {
        return Some("CASCADE drops what nobody named".into());
    }
    if !facts.in_transaction {
        return Some(format!("{} cannot run inside a transaction", facts.tag));
    }
    if !undoes(&facts.tag) {
        return Some(format!("{} undoes nothing that a delta shows", facts.tag));
    }
    if let Some(inner) = facts.inner.first() {
        return Some(format!("{} holds a {inner}", facts.tag));
    }
    let system = |object: &&crate::sql::ObjectUse| {
        // What lies in no schema is not the system's for its name: the extension pg_trgm.
        let anywhere = ["extension", "publication", "server", "language", "access method", "foreign data wrapper"];
        if object.schema.is_none() && anywhere.contains(&object.kind.as_str()) {
            return false;
        }
        let schema = object.schema.as_deref().unwrap_or(&object.name);
        schema == "information_schema" || schema.starts_with("pg_")
    };
    if let Some(object) = facts.touched().find(system).filter(|_| !facts.says_or_grants()) {
        return Some(format!("{} {object} belongs to the system", object.kind));
    }
    let writes = facts.of(crate::sql::Action::Write).next().is_some();
    if let (true, Some(opaque)) = (writes, facts.opaque.first()) {
        return Some(format!("{}: {}", opaque.what, opaque.because));
    }
    if !facts.dynamic.is_empty() {
        return Some(format!("{} hides what it runs", facts.tag));
    }
    // The one setting an inverse needs: a body may name what is made again only later.
    if facts.sets.iter().any(|setting| setting.name != "check_function_bodies" || !setting.local) {
        return Some("a rollback does not change settings of the session".into());
    }
    (facts.parameters > 0).then(|| "there is no value for a parameter".into())
}

/// All in one go: parsing many costs much less than as many times one.
fn classify<'s>(
    file: &'static str,
    script: &'s Script,
) -> Result<impl Iterator<Item = Result<Facts, ChangeError>> + use<'s>, ChangeError> {
    let line = |statement: Option<&Statement>| statement.map_or(1, |statement| statement.place.line);
    let texts: Vec<&str> = script.statements.iter().map(Statement::text).collect();
    let first = line(script.statements.first());
    let all = sql::classify_all(&texts).map_err(|source| ChangeError::Sql { file, line: first, source })?;
    let all: Vec<_> = all.collect();
    Ok(script.statements.iter().zip(all).map(move |(statement, facts)| {
        facts.map_err(|source| ChangeError::Sql { file, line: line(Some(statement)), source })
    }))
}
