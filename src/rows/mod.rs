//! Facts about rows: the fixed questions a contract asks, and what a rollback would throw away, answered on a session
//! inside its open transaction.

pub mod error;
pub mod guards;
pub mod values;

use std::collections::BTreeMap;

use crate::catalog::Snapshot;
use crate::contract::{Answer, Contract, RowAnswers, RowQuestion};
use crate::pg::{PgError, Session};

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
    for question in contract.row_questions() {
        let reason = unanswerable(session, &question, snapshot)?;
        let id = question.id();
        match (&question, reason) {
            (RowQuestion::Count { .. }, Some(reason)) => {
                asked.answers.insert(id, Answer::Unanswered(reason));
            }
            (RowQuestion::Count { .. }, None) => {
                let sql = question.count_sql().unwrap_or_default();
                let row = session
                    .query_one(&sql, &[])
                    .map_err(|source| RowsError::Question { question: id.clone(), source })?;
                asked.answers.insert(id, Answer::Count(row.try_get(0).map_err(PgError::from)?));
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
    Ok(asked)
}

/// Why a question cannot be asked; none if it can.
fn unanswerable(
    session: &mut Session,
    question: &RowQuestion,
    snapshot: &Snapshot,
) -> Result<Option<String>, RowsError> {
    let relation = question.relation();
    let Some((key, _)) = snapshot.find_relation(&relation.schema, &relation.name) else {
        return Ok(Some(format!("there is no {relation}")));
    };
    for column in question.columns() {
        if !snapshot.objects.contains_key(&key.child("column", column)) {
            return Ok(Some(format!("{relation} has no column {}", crate::base::quote_ident(column))));
        }
    }
    let row = session.query_one(
        "SELECT pg_catalog.has_table_privilege($1::text, 'SELECT'), pg_catalog.has_schema_privilege($2::text, 'USAGE')",
        &[&relation.to_string(), &relation.schema],
    );
    // Without USAGE on the schema even the first question may be refused; then nothing can be asked.
    let row = row.map_err(|source| RowsError::Question { question: question.id(), source })?;
    let (select, usage): (bool, bool) =
        (row.try_get(0).map_err(PgError::from)?, row.try_get(1).map_err(PgError::from)?);
    if !select || !usage {
        return Ok(Some(format!("this role may not read {relation}")));
    }
    let filtered: bool = session
        .query_one("SELECT pg_catalog.row_security_active($1::text)", &[&relation.to_string()])
        .map_err(|source| RowsError::Question { question: question.id(), source })?
        .try_get(0)
        .map_err(PgError::from)?;
    Ok(filtered.then(|| format!("row security hides rows of {relation} from this role")))
}
