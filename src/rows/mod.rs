//! Facts about rows: the fixed questions a contract asks, and what a rollback would throw away, answered on a session
//! inside its open transaction.

pub mod error;
pub mod guards;
pub mod values;

use std::collections::BTreeMap;

use crate::base::QualifiedName;
use crate::catalog::Snapshot;
use crate::contract::{Answer, Contract, RowAnswers, RowQuestion};
use crate::pg::{PgError, Row, Session};

pub use crate::contract::ValueChange;
pub use error::RowsError;
pub use values::{Values, changes};

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
    reading(session, |session| answered(session, contract, snapshot))
}

/// Asks inside a sub-transaction that cannot write and is undone: a view, a cast or an output function of the target
/// that our question calls leaves nothing behind, no setting either.
/// <https://www.postgresql.org/docs/current/sql-set-transaction.html>
fn reading<T>(session: &mut Session, ask: impl FnOnce(&mut Session) -> Result<T, RowsError>) -> Result<T, RowsError> {
    session.execute("SAVEPOINT pgwarrant_question")?;
    session.execute("SET TRANSACTION READ ONLY")?;
    let answer = ask(session)?;
    session.execute("ROLLBACK TO SAVEPOINT pgwarrant_question")?;
    session.execute("RELEASE SAVEPOINT pgwarrant_question")?;
    Ok(answer)
}

fn answered(session: &mut Session, contract: &Contract, snapshot: &Snapshot) -> Result<Asked, RowsError> {
    let mut asked = Asked::default();
    let questions = contract.row_questions();
    let closed = closed(session, questions.iter().map(RowQuestion::relation))?;
    let mut counts: Vec<(String, String)> = Vec::new();
    for question in &questions {
        let reason = not_there(question, snapshot).or_else(|| closed.get(question.relation()).cloned());
        let id = question.id();
        match (question, reason) {
            (RowQuestion::Count { .. }, Some(reason)) => {
                asked.answers.insert(id, Answer::Unanswered(reason));
            }
            (RowQuestion::Count { .. }, None) => {
                counts.push((id, question.count_sql().unwrap_or_default()));
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
    for (id, row) in each_answered(session, counts)? {
        asked.answers.insert(id, Answer::Count(row.try_get(0).map_err(PgError::from)?));
    }
    Ok(asked)
}

/// The one row that answers each question, by what it asks: all of them in one round trip.
fn each_answered(session: &mut Session, questions: Vec<(String, String)>) -> Result<Vec<(String, Row)>, RowsError> {
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
    let (schemas, names): (Vec<&str>, Vec<&str>) =
        relations.iter().map(|relation| (relation.schema.as_str(), relation.name.as_str())).unzip();
    // By oid: a name in a schema that the role may not use would be refused.
    let rows = session.query(
        "SELECT u.at, pg_catalog.has_table_privilege(c.oid, 'SELECT') AND pg_catalog.has_schema_privilege(n.oid, 'USAGE'), \
         pg_catalog.row_security_active(c.oid) \
         FROM ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[])) WITH ORDINALITY u(schema, name, at) \
         JOIN pg_catalog.pg_namespace n ON n.nspname = u.schema \
         JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = u.name",
        &[&schemas, &names],
    )?;
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
