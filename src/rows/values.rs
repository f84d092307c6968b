//! The values of one column, row by row: what `values of T.c change in N rows` is measured by.

use std::collections::BTreeMap;

use super::{Asked, RowsError};
use crate::base::{QualifiedName, quote_ident};
use crate::catalog::{Key, Snapshot};
use crate::contract::{Spread, ValueChange};
use crate::pg::{PgError, Session};

/// More rows than this are not held in memory to be compared.
const MOST_ROWS: i64 = 5_000_000;

/// What each row holds, told by its primary key; values as digests.
#[derive(Clone, Debug, Default)]
pub struct Values {
    rows: BTreeMap<String, Option<String>>,
    spread: Spread,
    unanswered: Option<String>,
}

impl Values {
    pub(super) fn unanswered(because: String) -> Self {
        Self { unanswered: Some(because), ..Self::default() }
    }
}

/// Reads a column's values.
pub(super) fn read(
    session: &mut Session,
    snapshot: &Snapshot,
    relation: &QualifiedName,
    column: &str,
) -> Result<Values, RowsError> {
    let table = Key::new("table", &[&relation.schema, &relation.name]);
    let key: Vec<String> = snapshot
        .children(&table)
        .find(|(_, object)| object.text("type") == Some("primary key"))
        .map(|(_, object)| object.texts("columns").into_iter().map(quote_ident).collect())
        .unwrap_or_default();
    if key.is_empty() {
        return Ok(Values::unanswered(format!("{relation} has no primary key to tell its rows by")));
    }
    let asked = format!("values of {relation}.{}", quote_ident(column));
    let question = |source: PgError| RowsError::Question { question: asked.clone(), source };
    let column = quote_ident(column);
    let spread = session
        .query_one(
            &format!(
                "SELECT pg_catalog.count(*), pg_catalog.count(*) FILTER (WHERE {column} IS NULL), \
                        pg_catalog.count(DISTINCT {column}::text) FROM {relation}"
            ),
            &[],
        )
        .map_err(question)?;
    let get = |at: usize| spread.try_get::<_, i64>(at).map_err(PgError::from);
    let (count, nulls, distinct) = (get(0)?, get(1)?, get(2)?);
    if count > MOST_ROWS {
        return Ok(Values::unanswered(format!("{relation} has {count} rows, more than {MOST_ROWS}")));
    }
    let (min, max) = ends(session, relation, &column).map_err(question)?;
    let rows = session
        .query(&format!("SELECT ROW({})::text, pg_catalog.md5({column}::text) FROM {relation}", key.join(", ")), &[])
        .map_err(question)?;
    let rows = rows
        .iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
        .collect::<Result<BTreeMap<String, Option<String>>, PgError>>()?;
    Ok(Values { rows, spread: Spread { min, max, distinct, nulls }, unanswered: None })
}

/// The smallest and the largest value by the column's own order.
fn ends(
    session: &mut Session,
    relation: &QualifiedName,
    column: &str,
) -> Result<(Option<String>, Option<String>), PgError> {
    let mut end = |direction: &str| -> Result<Option<String>, PgError> {
        let rows = session.query(
            &format!(
                "SELECT {column}::text FROM {relation} WHERE {column} IS NOT NULL ORDER BY {column} {direction} LIMIT 1"
            ),
            &[],
        )?;
        Ok(rows.first().map(|row| row.try_get(0)).transpose()?)
    };
    Ok((end("ASC")?, end("DESC")?))
}

/// Compares two moments.
pub fn changes(before: &Asked, after: &Asked) -> Vec<ValueChange> {
    let mut changes = Vec::new();
    for (column, then) in &before.values {
        let Some(now) = after.values.get(column) else { continue };
        let unanswered = then.unanswered.clone().or_else(|| now.unanswered.clone());
        let common = || then.rows.iter().filter_map(|(key, value)| Some((value, now.rows.get(key)?)));
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        changes.push(ValueChange {
            column: column.clone(),
            rows: count(common().count()),
            changed: count(common().filter(|(then, now)| then != now).count()),
            before: then.spread.clone(),
            after: now.spread.clone(),
            unanswered,
        });
    }
    changes
}
