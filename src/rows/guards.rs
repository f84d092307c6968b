//! What a rollback would throw away: measured right after the change, and again before the rollback. What nobody wrote
//! to since is the change's own, and applying it again brings it back.

use serde::{Deserialize, Serialize};

use super::{Question, RowsError, each_answered, reading};
use crate::base::{Check, quote_ident};
use crate::catalog::{Guard, Key, Snapshot};
use crate::pg::{PgError, Row, Session};

/// One guarded thing, as it was at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guarded {
    /// The table, or the column with its table.
    pub what: String,
    /// Rows of the table.
    pub rows: i64,
    /// Rows that hold something of their own: for a column, another value than its default or NULL.
    pub holding: i64,
    /// Over the contents, whatever their order.
    pub contents: String,
}

/// A guard comes from a file of the package, and becomes SQL: so it has to name, letter for letter, what the catalog holds
/// now.
fn known(guard: &Guard, snapshot: &Snapshot) -> Result<(), RowsError> {
    let unknown = |what: &str| RowsError::UnknownGuard { what: what.to_owned() };
    let table = guard.table();
    let is_it = |key: &&Key| key.sql() == table;
    let key = snapshot.of_kind("table").map(|(key, _)| key).find(is_it).ok_or_else(|| unknown(table))?;
    let Guard::ColumnUntouched { column, default, .. } = guard else { return Ok(()) };
    let found =
        snapshot.children(key).find(|(child, _)| child.kind == "column" && quote_ident(child.name()) == *column);
    let (_, object) = found.ok_or_else(|| unknown(&format!("{table}.{column}")))?;
    if object.text("default") == default.as_deref() {
        Ok(())
    } else {
        Err(unknown(&format!("the default of {table}.{column}")))
    }
}

/// The table, or the column with its table.
fn named(guard: &Guard) -> String {
    match guard {
        Guard::TableEmpty { table } => table.clone(),
        Guard::ColumnUntouched { table, column, .. } => format!("{table}.{column}"),
    }
}

/// Measures what the guards name.
pub fn measure(session: &mut Session, guards: &[Guard], snapshot: &Snapshot) -> Result<Vec<Guarded>, RowsError> {
    let questions = questions(guards, snapshot)?;
    let answers = reading(session, |session| each_answered(session, questions))?;
    let rows: Vec<Row> = answers.into_iter().map(|(_, row)| row).collect();
    measured(guards, &rows)
}

/// One question for each guard, by what it asks.
pub(super) fn questions(guards: &[Guard], snapshot: &Snapshot) -> Result<Vec<Question>, RowsError> {
    let mut questions = Vec::with_capacity(guards.len());
    for guard in guards {
        known(guard, snapshot)?;
        let (table, value, holding) = match guard {
            Guard::TableEmpty { table } => (table, "t.*::text".to_owned(), "true".to_owned()),
            Guard::ColumnUntouched { table, column, default } => {
                let holds = match default {
                    Some(default) => format!("t.{column} IS NOT NULL AND t.{column} IS DISTINCT FROM ({default})"),
                    None => format!("t.{column} IS NOT NULL"),
                };
                (table, format!("t.{column}::text"), holds)
            }
        };
        let query = format!(
            "SELECT pg_catalog.count(*), pg_catalog.count(*) FILTER (WHERE {holding}), \
                    coalesce(pg_catalog.sum(pg_catalog.hashtextextended(coalesce({value}, ''), 0))::text, '0') \
             FROM {table} t"
        );
        questions.push((format!("what {} holds", named(guard)), query));
    }
    Ok(questions)
}

/// What the rows say that answer the questions.
pub(super) fn measured(guards: &[Guard], rows: &[Row]) -> Result<Vec<Guarded>, RowsError> {
    let measured = guards.iter().zip(rows).map(|(guard, row)| -> Result<Guarded, PgError> {
        Ok(Guarded { what: named(guard), rows: row.try_get(0)?, holding: row.try_get(1)?, contents: row.try_get(2)? })
    });
    Ok(measured.collect::<Result<_, _>>()?)
}

/// Takes the tables that a rollback would drop out of everybody's hands, so that nothing is written between the look
/// and the drop.
pub fn lock(session: &mut Session, guards: &[Guard], snapshot: &Snapshot) -> Result<(), RowsError> {
    for guard in guards {
        known(guard, snapshot)?;
        let table = guard.table();
        session.execute(&format!("LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"))?;
    }
    Ok(())
}

/// Nothing was written since the change.
pub fn checks(after_change: &[Guarded], now: &[Guarded]) -> Vec<Check> {
    now.iter()
        .enumerate()
        .map(|(number, now)| {
            let then = after_change.iter().find(|then| then.what == now.what);
            let text = |guarded: &Guarded| format!("{} rows, {} of them holding values", guarded.rows, guarded.holding);
            let expected = then.map_or_else(|| "0 rows, 0 of them holding values".to_owned(), text);
            let same = match then {
                Some(then) => then == now,
                None => now.rows == 0,
            };
            let mut check = Check::decided(
                format!("G-{}", number + 1),
                format!("nothing was written to {} since the change", now.what),
                expected,
                text(now),
                same,
            );
            if !same {
                check = check.because("dropping it would lose what was written; a person decides what becomes of it");
            }
            check
        })
        .collect()
}
