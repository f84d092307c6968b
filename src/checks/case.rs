//! What a rule looks at, and where it puts what it finds.

use serde_json::{Map, Value};

use super::rules::{Family, Rule};
use super::suppression::Suppression;
use crate::base::evidence::FindingLock;
use crate::base::{Finding, LockMode, Place, Severity, Span};
use crate::contract::Contract;
use crate::script::{Script, Statement};
use crate::sql::{Action, Facts, ObjectUse, SqlError};

/// What is known beside the script and the contract.
#[derive(Clone, Debug)]
pub struct Context {
    /// The name findings give the file.
    pub file: String,
    /// The server major the change is for.
    pub major: Option<u32>,
}

impl Default for Context {
    fn default() -> Self {
        Self { file: "change.sql".to_owned(), major: None }
    }
}

impl Context {
    /// The same for a file of another name.
    #[must_use]
    pub fn named(self, file: impl Into<String>) -> Self {
        Self { file: file.into(), ..self }
    }
}

/// A statement and its facts, or why it has none.
#[derive(Debug)]
pub struct Classified<'a> {
    pub index: usize,
    pub statement: &'a Statement,
    pub facts: Result<Facts, SqlError>,
    pub(super) suppressions: Vec<Suppression>,
}

/// Everything a rule may look at.
#[derive(Debug)]
pub struct Case<'a> {
    pub script: &'a Script,
    pub contract: Option<&'a Contract>,
    pub context: &'a Context,
    pub statements: Vec<Classified<'a>>,
}

impl<'a> Case<'a> {
    /// The statements that were understood, with their facts.
    pub fn facts(&self) -> impl Iterator<Item = (&Classified<'a>, &Facts)> {
        self.statements.iter().filter_map(|classified| Some((classified, classified.facts.as_ref().ok()?)))
    }

    /// Whether an earlier statement of the script created the relation, so that nobody uses it yet and it is empty.
    pub fn is_fresh(&self, before: usize, object: &ObjectUse) -> bool {
        self.facts().take_while(|(classified, _)| classified.index < before).any(|(_, facts)| {
            !facts.flags.if_not_exists
                && facts.of(Action::Create).any(|created| {
                    created.column.is_none()
                        && created.schema == object.schema
                        && created.name == object.name
                        && matches!(created.kind.as_str(), "table" | "materialized view" | "foreign table")
                        && facts.tag.starts_with("CREATE")
                })
        })
    }

    /// The table an ALTER TABLE is about, unless the script itself created it before.
    pub fn existing_table(&self, classified: &Classified, facts: &Facts) -> Option<String> {
        if facts.tag != "ALTER TABLE" {
            return None;
        }
        let table = facts.of(Action::Alter).find(|object| object.kind == "table" && object.column.is_none())?;
        (!self.is_fresh(classified.index, table)).then(|| table.to_string())
    }
}

/// Where one rule puts its findings.
pub struct Found<'a> {
    rule: &'static Rule,
    case: &'a Case<'a>,
    findings: Vec<Finding>,
}

impl<'a> Found<'a> {
    pub(super) fn new(rule: &'static Rule, case: &'a Case<'a>) -> Self {
        Self { rule, case, findings: Vec::new() }
    }

    pub(super) fn into_findings(self) -> Vec<Finding> {
        self.findings
    }

    /// A finding about one statement.
    pub fn at(
        &mut self,
        classified: &Classified,
        message: impl Into<String>,
        instruction: impl Into<String>,
    ) -> &mut Finding {
        let suppressed = (self.rule.family == Family::Hazard)
            .then(|| classified.suppressions.iter().find(|suppression| suppression.slug == self.rule.slug))
            .flatten()
            .map(|suppression| suppression.reason.clone());
        let statement = classified.statement;
        let finding = self.push(Some((statement.span, statement.place)), &message.into(), &instruction.into());
        finding.suppressed = suppressed;
        finding.facts.insert("statement".to_owned(), Value::from(classified.index));
        finding
    }

    /// A finding about a place in the script.
    pub fn at_place(
        &mut self,
        span: Span,
        place: Place,
        message: impl Into<String>,
        instruction: impl Into<String>,
    ) -> &mut Finding {
        self.push(Some((span, place)), &message.into(), &instruction.into())
    }

    /// A finding about the script as a whole.
    pub fn anywhere(&mut self, message: impl Into<String>, instruction: impl Into<String>) -> &mut Finding {
        self.push(None, &message.into(), &instruction.into())
    }

    fn push(&mut self, at: Option<(Span, Place)>, message: &str, instruction: &str) -> &mut Finding {
        self.findings.push(Finding {
            rule: self.rule.slug.to_owned(),
            severity: self.rule.severity,
            file: self.case.context.file.clone(),
            span: at.map(|(span, _)| span),
            place: at.map(|(_, place)| place),
            message: visible(message),
            instruction: visible(instruction),
            lock: None,
            suppressed: None,
            facts: Map::new(),
        });
        let last = self.findings.len() - 1;
        &mut self.findings[last]
    }
}

/// What a rule may add to its finding.
pub trait Details {
    /// The lock that is taken, and on which table.
    fn lock(&mut self, mode: LockMode, on: &str) -> &mut Self;
    fn severity(&mut self, severity: Severity) -> &mut Self;
}

impl Details for Finding {
    fn lock(&mut self, mode: LockMode, on: &str) -> &mut Self {
        self.lock = Some(FindingLock { mode, on: visible(on), blocks: mode.blocks().to_owned() });
        self
    }

    fn severity(&mut self, severity: Severity) -> &mut Self {
        self.severity = severity;
        self
    }
}

/// Names come from the script: what cannot be seen, or what a terminal obeys, is written out.
pub(super) fn visible(text: &str) -> String {
    let hidden = |character: char| character.is_control() || crate::script::is_invisible(character);
    if !text.chars().any(hidden) {
        return text.to_owned();
    }
    text.chars()
        .map(
            |character| {
                if hidden(character) { format!("\\u{{{:x}}}", u32::from(character)) } else { character.to_string() }
            },
        )
        .collect()
}
