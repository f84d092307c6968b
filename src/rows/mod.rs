//! Facts about rows: the fixed questions a contract asks, and what a rollback would throw away, answered on a session
//! inside its open transaction.

pub mod error;
pub mod guards;
pub mod values;

use std::collections::BTreeMap;

use crate::base::{QualifiedName, quote_literal};
use crate::catalog::{Guard, Snapshot};
use crate::contract::{Answer, Contract, RowAnswers, RowQuestion};
use crate::pg::{PgError, Row, Session};

pub use crate::contract::ValueChange;
pub use error::RowsError;
use guards::Guarded;
pub use values::{Values, changes};

/// What is asked, and its query.
type Question = (String, String);

/// The answers of one moment.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    pub answers: RowAnswers,
    /// For `values of`: what each row held.
    pub values: BTreeMap<String, Values>,
}

/// Asks every question that makes sense on this catalog. One about a relation or column that is not there (yet) stays
/// unanswered with the reason: sending it would end the transaction.
pub fn ask(session: &mut Session, contract: &Contract, snapshot: &Snapshot) -> Result<Asked, RowsError> {
    Ok(reading(session, |session| answered(session, contract, snapshot, (&[], Vec::new())))?.0)
}

/// Asks the same, and measures what guards name, in the same round trips. A guard that names nothing of this catalog is an
/// error of its own.
pub fn ask_and_measure(
    session: &mut Session,
    contract: &Contract,
    guards: &[Guard],
    snapshot: &Snapshot,
) -> Result<(Asked, Result<Vec<Guarded>, RowsError>), RowsError> {
    match guards::questions(guards, snapshot) {
        Ok(measures) => {
            let guarding = (guards, measures);
            let (asked, rows) = reading(session, |session| answered(session, contract, snapshot, guarding))?;
            Ok((asked, guards::measured(guards, &rows)))
        }
        Err(unknown) => Ok((ask(session, contract, snapshot)?, Err(unknown))),
    }
}

/// Asks inside a sub-transaction that cannot write and is undone: a view, a cast or an output function of the target
/// that our question calls leaves nothing behind, no setting either.
/// <https://www.postgresql.org/docs/current/sql-set-transaction.html>
fn reading<T>(session: &mut Session, ask: impl FnOnce(&mut Session) -> Result<T, RowsError>) -> Result<T, RowsError> {
    in_one_go(session, ["SAVEPOINT pgwarrant_question", "SET TRANSACTION READ ONLY"])?;
    let answer = ask(session)?;
    in_one_go(session, ["ROLLBACK TO SAVEPOINT pgwarrant_question", "RELEASE SAVEPOINT pgwarrant_question"])?;
    Ok(answer)
}

fn in_one_go(session: &mut Session, statements: [&str; 2]) -> Result<(), PgError> {
    session.query_each(&statements.map(str::to_owned)).map(drop).map_err(|(_, failure)| failure)
}

/// What the contract asks, and the rows that answer what guards measure. No table is counted twice.
fn answered(
    session: &mut Session,
    contract: &Contract,
    snapshot: &Snapshot,
    (guards, measures): (&[Guard], Vec<Question>),
) -> Result<(Asked, Vec<Row>), RowsError> {
    let mut asked = Asked::default();
    let questions = contract.row_questions();
    let closed = closed(session, questions.iter().map(RowQuestion::relation))?;
    let (mut counts, mut counted): (Vec<Question>, Vec<(String, usize)>) = (Vec::new(), Vec::new());
    for question in &questions {
        let reason = not_there(question, snapshot).or_else(|| closed.get(question.relation()).cloned());
        let id = question.id();
        match (question, reason) {
            (RowQuestion::Count { .. }, Some(reason)) => {
                asked.answers.insert(id, Answer::Unanswered(reason));
            }
            (RowQuestion::Count { relation, predicate }, None) => {
                let name = relation.to_string();
                let guard = guards.iter().position(|guard| predicate.is_none() && guard.table() == name);
                match guard {
                    Some(place) => counted.push((id, place)),
                    None => counts.push((id, question.count_sql().unwrap_or_default())),
                }
            }
            (RowQuestion::Values { relation, column }, reason) => {
                let values = match reason {
                    Some(reason) => Values::unanswered(reason),
                    None => values::read(session, snapshot, relation, column)?,
                };
                asked.values.insert(format!("{relation}.{}", crate::base::quote_ident(column)), values);
            }
        }
    }
    let own = counts.len();
    counts.extend(measures);
    let mut rows = each_answered(session, counts)?;
    let of_guards: Vec<Row> = rows.split_off(own).into_iter().map(|(_, row)| row).collect();
    let counted = counted.into_iter().filter_map(|(id, place)| Some((id, of_guards.get(place)?)));
    for (id, row) in rows.iter().map(|(id, row)| (id.clone(), row)).chain(counted) {
        asked.answers.insert(id, Answer::Count(row.try_get(0).map_err(PgError::from)?));
    }
    Ok((asked, of_guards))
}

/// The one row that answers each question, by what it asks: all of them in one round trip.
fn each_answered(session: &mut Session, questions: Vec<Question>) -> Result<Vec<(String, Row)>, RowsError> {
    if questions.is_empty() {
        return Ok(Vec::new());
    }
    let (names, queries): (Vec<String>, Vec<String>) = questions.into_iter().unzip();
    let failed = |place: usize, source| RowsError::Question { question: names[place].clone(), source };
    let rows = session.query_each(&queries).map_err(|(place, source)| failed(place, source))?;
    let mut answers = Vec::with_capacity(names.len());
    for (place, mut rows) in rows.into_iter().enumerate() {
        let (Some(row), true) = (rows.pop(), rows.is_empty()) else {
            return Err(failed(place, PgError::Decode { problem: "not one row".to_owned() }));
        };
        answers.push((names[place].clone(), row));
    }
    Ok(answers)
}

/// Why a question makes no sense on this catalog; none if it does.
fn not_there(question: &RowQuestion, snapshot: &Snapshot) -> Option<String> {
    let relation = question.relation();
    let Some((key, _)) = snapshot.find_relation(&relation.schema, &relation.name) else {
        return Some(format!("there is no {relation}"));
    };
    let missing = |column: &&str| !snapshot.objects.contains_key(&key.child("column", column));
    let column = question.columns().into_iter().find(missing)?;
    Some(format!("{relation} has no column {}", crate::base::quote_ident(column)))
}

/// What this role may not read, or not all rows of, and why: of all relations in one question.
fn closed<'q>(
    session: &mut Session,
    relations: impl Iterator<Item = &'q QualifiedName>,
) -> Result<BTreeMap<&'q QualifiedName, String>, RowsError> {
    let relations: Vec<&QualifiedName> = relations.collect();
    if relations.is_empty() {
        return Ok(BTreeMap::new());
    }
    let list = |name: fn(&QualifiedName) -> &str| {
        let literals: Vec<String> = relations.iter().map(|relation| quote_literal(name(relation))).collect();
        format!("ARRAY[{}]::text[]", literals.join(", "))
    };
    let (schemas, names) = (list(|relation| &relation.schema), list(|relation| &relation.name));
    // By oid: a name in a schema that the role may not use would be refused.
    let rows = session.query_again(&format!(
        "SELECT u.at, pg_catalog.has_table_privilege(c.oid, 'SELECT') AND pg_catalog.has_schema_privilege(n.oid, 'USAGE'), \
         pg_catalog.row_security_active(c.oid) \
         FROM ROWS FROM (pg_catalog.unnest({schemas}), pg_catalog.unnest({names})) WITH ORDINALITY u(schema, name, at) \
         JOIN pg_catalog.pg_namespace n ON n.nspname = u.schema \
         JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = u.name",
    ))?;
    let mut closed = BTreeMap::new();
    for row in &rows {
        let at: i64 = row.try_get(0).map_err(PgError::from)?;
        let (readable, filtered): (bool, bool) =
            (row.try_get(1).map_err(PgError::from)?, row.try_get(2).map_err(PgError::from)?);
        let Some(relation) = usize::try_from(at - 1).ok().and_then(|at| relations.get(at).copied()) else { continue };
        if !readable {
            closed.insert(relation, format!("this role may not read {relation}"));
        } else if filtered {
            closed.insert(relation, format!("row security hides rows of {relation} from this role"));
        }
    }
    Ok(closed)
}
