//! Whether what a contract says holds: `before` against one snapshot, `after` against two and their delta.

use std::fmt::Display;

use super::closed::accounts_for;
use super::rows::{Answer, RowAnswers, ValueChange, question};
use super::{Condition, Contract, Expectation, Line, State, ValuesExpectation};
use crate::base::{Check, QualifiedName};
use crate::catalog::{Key, Object, Scope, Snapshot};
use crate::delta::{Change, Delta, Form};
use crate::sql::Facts;

/// A check, and whether a structural base can decide it: one that is about what exists already is decided on the target.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    pub check: Check,
    pub decidable: bool,
}

impl Judged {
    /// The checks alone.
    pub fn checks(judged: Vec<Self>) -> Vec<Check> {
        judged.into_iter().map(|judged| judged.check).collect()
    }
}

/// Everything that `after` is judged by.
pub struct After<'a> {
    pub before: &'a Snapshot,
    pub after: &'a Snapshot,
    pub delta: &'a Delta,
    pub rows_before: &'a RowAnswers,
    pub rows_after: &'a RowAnswers,
    pub values: &'a [ValueChange],
    /// The facts of the change's statements: who accounts for what in the closed world.
    pub statements: &'a [Facts],
}

impl Contract {
    /// Judges every line of `before`.
    pub fn evaluate_before(&self, snapshot: &Snapshot, rows: &RowAnswers) -> Vec<Judged> {
        let judge = |line: &Line| Judged { check: before(line, snapshot, rows), decidable: false };
        self.before.iter().map(judge).collect()
    }

    /// Judges every line of `after`.
    pub fn evaluate_after(&self, evidence: &After<'_>) -> Vec<Judged> {
        let judge =
            |line: &Line| Judged { check: self.after(line, evidence), decidable: decidable(&line.condition, evidence) };
        self.after.iter().map(judge).collect()
    }

    fn after(&self, line: &Line, evidence: &After<'_>) -> Check {
        match &line.condition {
            Condition::Count { noun, scope, expect } => {
                let count = |snapshot: &Snapshot| match snapshot.count(*noun, scope) {
                    Ok(number) => Ok(number),
                    // A schema or relation that the change creates had nothing in it before.
                    Err(_) if created(scope, evidence) => Ok(0),
                    Err(failure) => Err(failure.to_string()),
                };
                compare(line, *expect, Ok(count(evidence.before)), count(evidence.after))
            }
            Condition::Rows { expect, .. } => {
                let before = match expect {
                    Expectation::Absolute(_) => Ok(Ok(0)),
                    _ => Ok(rows(line, evidence.rows_before)),
                };
                compare(line, *expect, before, rows(line, evidence.rows_after))
            }
            Condition::Values { relation, column, expect } => values(line, relation, column, *expect, evidence.values),
            Condition::Object { keys, state: State::Unchanged } => unchanged(line, keys, evidence),
            Condition::NothingElseChanges => self.nothing_else(line, evidence),
            _ => standing(line, evidence.after),
        }
    }

    /// The closed world: each change belongs to an object that a statement of the change names, or that a line of
    /// `after` names.
    fn nothing_else(&self, line: &Line, evidence: &After<'_>) -> Check {
        let others: Vec<String> = evidence
            .delta
            .changes
            .iter()
            .filter(|change| !self.accounts_for(change, evidence))
            .map(|change| format!("{} {}", form(change.change), change.name))
            .collect();
        let shown = if others.is_empty() { "nothing else changed".to_owned() } else { some_of(&others) };
        decided(line, "nothing else changed", shown, others.is_empty())
    }

    fn accounts_for(&self, change: &Change, evidence: &After<'_>) -> bool {
        let named = |key: &Key| {
            self.after.iter().any(|line| match &line.condition {
                Condition::Object { keys, state: State::Exists | State::Absent } => keys.contains(key),
                _ => false,
            })
        };
        let inside = change.within.iter().filter(|key| key.kind != "schema");
        accounts_for(evidence.statements, change, &evidence.after.database)
            || std::iter::once(&change.key).chain(inside).any(named)
    }
}

fn form(form: Form) -> &'static str {
    match form {
        Form::Created => "created",
        Form::Dropped => "dropped",
        Form::Altered => "altered",
    }
}

fn some_of(list: &[String]) -> String {
    let more = list.len().saturating_sub(5);
    let shown = list.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{shown} and {more} more") } else { shown }
}

fn before(line: &Line, snapshot: &Snapshot, answers: &RowAnswers) -> Check {
    match &line.condition {
        Condition::Count { noun, scope, expect } => {
            let count = snapshot.count(*noun, scope).map_err(|failure| failure.to_string());
            compare(line, *expect, Err("there is nothing before it"), count)
        }
        Condition::Rows { expect, .. } => {
            compare(line, *expect, Err("there is nothing before it"), rows(line, answers))
        }
        Condition::Values { .. } | Condition::NothingElseChanges => {
            Check::not_run(&line.id, &line.text, &line.text, "it compares two moments and belongs under `after`")
        }
        _ => standing(line, snapshot),
    }
}

fn decided(line: &Line, expected: impl Display, observed: impl Display, holds: bool) -> Check {
    Check::decided(&line.id, &line.text, expected, observed, holds)
}

/// A number against what it has to be.
fn compare(
    line: &Line,
    expect: Expectation,
    before: Result<Result<u64, String>, &str>,
    now: Result<u64, String>,
) -> Check {
    let number = match now {
        Ok(number) => number,
        Err(because) => return Check::not_run(&line.id, &line.text, expected_text(expect), because),
    };
    if let Expectation::Absolute(bound) = expect {
        return decided(line, bound, number, bound.holds(number));
    }
    let then = match before {
        Ok(Ok(then)) => then,
        Ok(Err(because)) => return Check::not_run(&line.id, &line.text, expected_text(expect), because),
        Err(because) => return Check::not_run(&line.id, &line.text, expected_text(expect), because),
    };
    let by = i128::from(number) - i128::from(then);
    let wanted = match expect {
        Expectation::Relative(by) => i128::from(by),
        _ => 0,
    };
    decided(line, format!("{} ({wanted:+})", i128::from(then) + wanted), format!("{number} ({by:+})"), by == wanted)
}

fn expected_text(expect: Expectation) -> String {
    match expect {
        Expectation::Absolute(bound) => bound.to_string(),
        Expectation::Relative(by) => format!("{by:+}"),
        Expectation::Unchanged => "unchanged".into(),
    }
}

fn rows(line: &Line, answers: &RowAnswers) -> Result<u64, String> {
    let id = question(&line.condition).map(|question| question.id()).unwrap_or_default();
    match answers.get(&id) {
        Some(Answer::Count(number)) => u64::try_from(*number).map_err(|_| "a negative count".into()),
        Some(Answer::Unanswered(because)) => Err(because.clone()),
        None => Err("the rows were not counted".into()),
    }
}

fn values(
    line: &Line,
    relation: &QualifiedName,
    column: &str,
    expect: ValuesExpectation,
    values: &[ValueChange],
) -> Check {
    let name = format!("{relation}.{}", crate::base::quote_ident(column));
    let expected = match expect {
        ValuesExpectation::ChangeIn(bound) => format!("changed in {bound} rows"),
        ValuesExpectation::Unchanged => "unchanged".into(),
    };
    let Some(found) = values.iter().find(|change| change.column == name) else {
        return Check::not_run(&line.id, &line.text, expected, "the values were not measured");
    };
    if let Some(because) = &found.unanswered {
        return Check::not_run(&line.id, &line.text, expected, because);
    }
    let changed = u64::try_from(found.changed).unwrap_or(u64::MAX);
    let holds = match expect {
        ValuesExpectation::ChangeIn(bound) => bound.holds(changed),
        ValuesExpectation::Unchanged => changed == 0,
    };
    let spread = |spread: &super::rows::Spread| {
        let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "null".into());
        format!("min {}, max {}, distinct {}", text(&spread.min), text(&spread.max), spread.distinct)
    };
    decided(line, expected, format!("changed in {changed} of {} rows", found.rows), holds).because(format!(
        "before: {}; after: {}",
        spread(&found.before),
        spread(&found.after)
    ))
}

/// Conditions on what stands in one snapshot.
fn standing(line: &Line, snapshot: &Snapshot) -> Check {
    match &line.condition {
        Condition::Object { keys, state } => {
            let found = keys.iter().find(|key| snapshot.objects.contains_key(key));
            let uncovered = keys.iter().all(|key| snapshot.not_covered.iter().any(|kind| kind.kind == key.kind));
            if uncovered {
                return Check::not_run(&line.id, &line.text, state, "snapshots do not read this kind yet");
            }
            let observed = if found.is_some() { "exists" } else { "absent" };
            let holds = match state {
                State::Exists => found.is_some(),
                State::Absent => found.is_none(),
                State::Unchanged => return Check::not_run(&line.id, &line.text, state, "it compares two moments"),
            };
            decided(line, state, observed, holds)
        }
        Condition::Columns { relation, columns } => {
            let found = relation_of(snapshot, relation).map(|(key, object)| column_names(snapshot, key, object));
            list(line, columns, found.as_deref())
        }
        Condition::PrimaryKey { relation, columns } => {
            let found = constraints(snapshot, relation, "primary key").next();
            list(line, columns, found.map(|object| texts(object, "columns")).as_deref())
        }
        Condition::Unique { relation, columns, state } => {
            let found = constraints(snapshot, relation, "unique").any(|object| texts(object, "columns") == *columns);
            present(line, *state, found)
        }
        Condition::ForeignKey { relation, columns, references, referenced, state } => {
            let target = references.to_string();
            let found = constraints(snapshot, relation, "foreign key").any(|object| {
                texts(object, "columns") == *columns
                    && object.text("references") == Some(&target)
                    && (referenced.is_empty() || texts(object, "referenced_columns") == *referenced)
            });
            present(line, *state, found)
        }
        Condition::NoForeignKeyCrosses => {
            let crossing: Vec<String> = snapshot
                .of_kind("constraint")
                .filter(|(_, object)| object.text("type") == Some("foreign key"))
                .filter(|(key, object)| {
                    let own = format!("{}.", crate::base::quote_ident(key.schema()));
                    !object.text("references").is_some_and(|target| target.starts_with(&own))
                })
                .map(|(key, _)| key.to_string())
                .collect();
            let observed = if crossing.is_empty() { "none".to_owned() } else { some_of(&crossing) };
            decided(line, "none", observed, crossing.is_empty())
        }
        _ => Check::not_run(&line.id, &line.text, &line.text, "it compares two moments"),
    }
}

fn relation_of<'a>(snapshot: &'a Snapshot, relation: &QualifiedName) -> Option<(&'a Key, &'a Object)> {
    snapshot.find_relation(&relation.schema, &relation.name)
}

fn constraints<'a>(
    snapshot: &'a Snapshot,
    relation: &QualifiedName,
    sort: &'a str,
) -> impl Iterator<Item = &'a Object> {
    let table = Key::new("table", &[&relation.schema, &relation.name]);
    snapshot
        .of_kind("constraint")
        .filter(move |(_, object)| object.parent.as_ref() == Some(&table) && object.text("type") == Some(sort))
        .map(|(_, object)| object)
}

fn texts(object: &Object, fact: &str) -> Vec<String> {
    object.texts(fact).into_iter().map(str::to_owned).collect()
}

/// The columns in their order: a fact of a table; the children of anything else.
fn column_names(snapshot: &Snapshot, key: &Key, object: &Object) -> Vec<String> {
    let ordered = texts(object, "column_order");
    if ordered.is_empty() {
        snapshot
            .children(key)
            .filter(|(child, _)| child.kind == "column")
            .map(|(child, _)| child.name().to_owned())
            .collect()
    } else {
        ordered
    }
}

fn list(line: &Line, expected: &[String], found: Option<&[String]>) -> Check {
    let observed = found.map_or_else(|| "absent".to_owned(), |found| found.join(", "));
    decided(line, expected.join(", "), observed, found == Some(expected))
}

fn present(line: &Line, state: State, found: bool) -> Check {
    let observed = if found { "exists" } else { "absent" };
    decided(line, state, observed, (state == State::Exists) == found)
}

/// Neither it, nor anything in it, differs.
fn unchanged(line: &Line, keys: &[Key], evidence: &After<'_>) -> Check {
    let there = |snapshot: &Snapshot| keys.iter().any(|key| snapshot.objects.contains_key(key));
    if !there(evidence.before) && !there(evidence.after) {
        return decided(line, State::Unchanged, "absent before and after", false);
    }
    let changed: Vec<String> = evidence
        .delta
        .changes
        .iter()
        .filter(|change| keys.iter().any(|key| change.key == *key || change.within.contains(key)))
        .map(|change| format!("{} {}", form(change.change), change.name))
        .collect();
    let observed = if changed.is_empty() { "unchanged".to_owned() } else { some_of(&changed) };
    decided(line, State::Unchanged, observed, changed.is_empty())
}

fn created(scope: &Scope, evidence: &After<'_>) -> bool {
    let new = |key: &Key| evidence.delta.objects(Form::Created).any(|created| created == key);
    match scope {
        Scope::Database => false,
        Scope::Schema(schema) => new(&Key::new("schema", &[schema])),
        Scope::Relation(relation) => is_new(relation, evidence),
    }
}

/// Whether the change created this relation.
fn is_new(relation: &QualifiedName, evidence: &After<'_>) -> bool {
    relation_of(evidence.after, relation)
        .is_some_and(|(key, _)| evidence.delta.objects(Form::Created).any(|created| created == key))
}

fn decidable(condition: &Condition, evidence: &After<'_>) -> bool {
    match condition {
        Condition::Count { expect: Expectation::Absolute(_), scope, .. } => created(scope, evidence),
        Condition::Rows { relation, .. }
        | Condition::Columns { relation, .. }
        | Condition::PrimaryKey { relation, .. }
        | Condition::Unique { relation, .. }
        | Condition::ForeignKey { relation, .. } => is_new(relation, evidence),
        Condition::Values { .. } => false,
        Condition::Object { keys, state } => {
            let known = |snapshot: &Snapshot| keys.iter().any(|key| snapshot.objects.contains_key(key));
            match state {
                State::Exists => keys.iter().any(|key| evidence.delta.touches(key)),
                State::Absent => true,
                State::Unchanged => known(evidence.before) || known(evidence.after),
            }
        }
        Condition::Count { .. } | Condition::NoForeignKeyCrosses | Condition::NothingElseChanges => true,
    }
}
