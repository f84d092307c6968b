//! The check phase: every rule over every statement, and the report of it.

use std::collections::BTreeMap;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::case::{Case, Classified, Context, Found};
use super::rules::{self, Family, Rule};
use super::suppression;
use crate::base::{Check, Digest, Finding, Outcome, Severity, over_all_cores};
use crate::contract::Contract;
use crate::script::{Script, Statement};
use crate::sql::{self, Facts, SqlError};

/// What `check.json` holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckReport {
    pub format: u32,
    pub outcome: Outcome,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<String>,
    pub script: CheckedScript,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract: Option<Contract>,
    pub statements: Vec<CheckedStatement>,
    pub tags: BTreeMap<String, u64>,
    pub checks: Vec<Check>,
    pub findings: Vec<Finding>,
    /// Of each rule, how many notes a brief report leaves out.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub omitted: BTreeMap<String, usize>,
    /// What no reading of text can tell.
    pub not_covered: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckedScript {
    pub sha256: Digest,
    pub size: usize,
    pub statements: usize,
}

/// A statement of the report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckedStatement {
    pub index: usize,
    pub start: usize,
    pub end: usize,
    pub line: usize,
    pub column: usize,
    /// None for a statement that was not understood.
    pub tag: Option<CompactString>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts: Option<Facts>,
}

const NOT_COVERED: [&str; 3] = [
    "what a name resolves to: tables, functions and operators are taken as written",
    "triggers, event triggers, rules and policies that the target already has",
    "settings of roles and databases on the target",
];

/// Checks a script against its contract; without one, the hazard rules alone.
///
/// ```
/// use pgwarrant::checks::{Context, check};
/// use pgwarrant::contract::Contract;
/// use pgwarrant::script::Script;
/// let script = Script::read(b"CREATE TABLE app.t (id bigint PRIMARY KEY);").unwrap();
/// let contract = Contract::read(b"change demo\nallow\n  CREATE TABLE = 1\n  within schema app").unwrap();
/// let report = check(&script, Some(&contract), &Context::default()).unwrap();
/// assert!(report.findings.is_empty() && report.passed());
/// ```
pub fn check(script: &Script, contract: Option<&Contract>, context: &Context) -> Result<CheckReport, SqlError> {
    let mut end = 0;
    let mut statements = Vec::with_capacity(script.statements.len());
    // Piece by piece, so that what the threads bring is not held twice.
    for piece in script.statements.chunks(PIECE) {
        let texts: Vec<&str> = piece.iter().map(Statement::text).collect();
        for (statement, facts) in piece.iter().zip(sql::classify_all(&texts)?) {
            let suppressions = suppression::read(&script.text[end..statement.span.start], end);
            end = statement.span.end;
            statements.push(Classified { index: statements.len(), statement, facts, suppressions });
        }
    }
    let case = Case::new(script, contract, context, statements);
    let (mut findings, omitted) = ask(&case);
    let start = |finding: &Finding| finding.span.map_or(0, |span| span.start);
    findings.sort_by(|one, other| start(one).cmp(&start(other)).then_with(|| one.rule.cmp(&other.rule)));
    Ok(report(case, findings, omitted))
}

/// Statements that are classified in one go.
const PIECE: usize = 16_384;
/// Statements from which on the rules share the cores.
const MANY: usize = 2_000;

/// What every rule finds, and how many notes of each are left out.
fn ask(case: &Case) -> (Vec<Finding>, BTreeMap<String, usize>) {
    let asked: Vec<&'static Rule> = rules::ALL
        .iter()
        .copied()
        .filter(|rule| case.contract.is_some() || rule.family == Family::Hazard || rule.without_contract)
        .collect();
    let one = |number: usize| {
        let mut found = Found::new(asked[number], case);
        (asked[number].check)(case, &mut found);
        found.into_findings()
    };
    let answers = if case.statements.len() < MANY {
        (0..asked.len()).map(one).collect()
    } else {
        over_all_cores(asked.len(), |share| share(), one)
    };
    let (mut findings, mut omitted) = (Vec::new(), BTreeMap::new());
    for (rule, (found, left_out)) in asked.iter().zip(answers) {
        findings.extend(found);
        if left_out > 0 {
            omitted.insert(rule.slug.to_owned(), left_out);
        }
    }
    (findings, omitted)
}

fn report(case: Case, findings: Vec<Finding>, omitted: BTreeMap<String, usize>) -> CheckReport {
    let facts: Vec<&Facts> = case.facts().map(|(_, facts)| facts).collect();
    let mut tags: BTreeMap<String, u64> = BTreeMap::new();
    for facts in &facts {
        match tags.get_mut(facts.tag.as_str()) {
            Some(count) => *count += 1,
            None => {
                tags.insert(facts.tag.to_string(), 1);
            }
        }
    }
    let mut checks = case.contract.map(|contract| contract.allow_checks(&facts)).unwrap_or_default();
    let unread = case.statements.len() - facts.len();
    let total = case.statements.len();
    checks.push(Check::equal("statements", "every statement is understood", total, total - unread));
    let faulty = findings.iter().any(|finding| finding.severity == Severity::Error && finding.suppressed.is_none())
        || checks.iter().any(|check| !check.passed());
    let (script, contract, context) = (case.script, case.contract, case.context);
    let statements = case
        .statements
        .into_iter()
        .filter(|_| !context.brief)
        .map(|classified| {
            let (span, place) = (classified.statement.span, classified.statement.place);
            let facts = classified.facts.ok();
            CheckedStatement {
                index: classified.index,
                start: span.start,
                end: span.end,
                line: place.line,
                column: place.column,
                tag: facts.as_ref().map(|facts| facts.tag.clone()),
                facts,
            }
        })
        .collect();
    CheckReport {
        format: 1,
        outcome: if faulty { Outcome::Fail } else { Outcome::Pass },
        change: contract.map(|contract| contract.change.clone()),
        script: CheckedScript {
            sha256: script.digest.clone(),
            size: script.text.len(),
            statements: script.statements.len(),
        },
        contract: contract.cloned(),
        statements,
        tags,
        checks,
        findings,
        omitted,
        not_covered: NOT_COVERED.map(str::to_owned).to_vec(),
    }
}

impl CheckReport {
    pub fn passed(&self) -> bool {
        self.outcome == Outcome::Pass
    }
}
