//! Statements for sequences.

use super::{Sequence, Sequences};
use crate::base::quote_ident;
use crate::catalog::Key;
use crate::catalog::ddl::{Alter, Ddl, Privileges, Statements, Subject};
use crate::catalog::kinds::column::ddl::identity_clause;

/// All settings, each written out.
pub fn settings(sequence: &Sequence) -> String {
    format!(
        "START WITH {} INCREMENT BY {} MINVALUE {} MAXVALUE {} CACHE {} {}",
        sequence.start,
        sequence.increment,
        sequence.minimum,
        sequence.maximum,
        sequence.cache,
        if sequence.cycle { "CYCLE" } else { "NO CYCLE" }
    )
}

impl Statements for Sequences {
    fn word(&self) -> &'static str {
        "SEQUENCE"
    }

    fn create(&self, subject: Subject<'_>) -> Ddl {
        let facts: Sequence = subject.object.read();
        let name = subject.key.sql();
        let mut ddl = Ddl::default();
        let unlogged = if facts.unlogged { "UNLOGGED " } else { "" };
        match column(subject) {
            Some(column) => {
                let identity = column.object.text("identity").unwrap_or_default();
                let (table, bare) = (column.key.relation(), quote_ident(column.key.name()));
                let clause = identity_clause(column, identity);
                ddl.add(format!("ALTER TABLE {table} ALTER COLUMN {bare} ADD{clause}"));
            }
            None => ddl.add(format!("CREATE {unlogged}SEQUENCE {name} AS {} {}", facts.data_type, settings(&facts))),
        }
        match next_value(subject) {
            Some(next) => {
                ddl.add(format!("ALTER SEQUENCE {name} RESTART WITH {next}"));
                ddl.lossy.push(format!("it continues with {next}, as it stood when the snapshot was taken"));
            }
            None => ddl.lossy.push("it starts anew: where it stood is not known".to_owned()),
        }
        if let Some(column) = &facts.owned_by {
            ddl.later.push(format!("ALTER SEQUENCE {name} OWNED BY {column}"));
        }
        ddl
    }

    fn drop(&self, subject: Subject<'_>) -> Ddl {
        match column(subject) {
            Some(column) => {
                let (table, bare) = (column.key.relation(), quote_ident(column.key.name()));
                Ddl::run(format!("ALTER TABLE {table} ALTER COLUMN {bare} DROP IDENTITY"))
            }
            None => Ddl::run(format!("DROP SEQUENCE {}", subject.key.sql())),
        }
    }

    fn alter(&self, alter: Alter<'_>) -> Ddl {
        let (from, to): (Sequence, Sequence) = (alter.from.object.read(), alter.to.object.read());
        let this = format!("ALTER SEQUENCE {}", alter.to.key.sql());
        let mut ddl = Ddl::default();
        if from.identity_of.is_some() != to.identity_of.is_some() {
            return Ddl::again();
        }
        if alter.any(&["type", "start", "minimum", "maximum", "increment", "cache", "cycle"]) {
            let number = |text: &str| text.parse::<i64>().unwrap_or_default();
            let start = number(&from.start);
            let outside = start < number(&to.minimum) || start > number(&to.maximum);
            let restart = if outside { format!(" RESTART WITH {}", to.start) } else { String::new() };
            if outside {
                ddl.lossy.push("it starts anew: where it would stand is outside its old bounds".to_owned());
            }
            ddl.add(format!("{this} AS {} {}{restart}", to.data_type, settings(&to)));
        }
        if alter.any(&["unlogged"]) {
            ddl.add(format!("{this} SET {}", if to.unlogged { "UNLOGGED" } else { "LOGGED" }));
        }
        if alter.any(&["owned_by"]) {
            // Freed before its column goes; tied once its column is there.
            if from.owned_by.is_some() {
                ddl.add(format!("{this} OWNED BY NONE"));
            }
            if let Some(column) = &to.owned_by {
                ddl.later.push(format!("{this} OWNED BY {column}"));
            }
        }
        if alter.any(&["identity_of"]) {
            ddl.impossible.push("a sequence cannot be tied to another identity column".to_owned());
        }
        ddl
    }

    fn made_by(&self, subject: Subject<'_>) -> Option<Key> {
        column(subject).map(|column| column.key.clone())
    }

    fn privileges(&self) -> Option<Privileges> {
        Some(Privileges { word: "SEQUENCE", all: &["SELECT", "UPDATE", "USAGE"], public: &[] })
    }
}

/// The identity column whose sequence it is.
fn column(subject: Subject<'_>) -> Option<Subject<'_>> {
    let name = subject.object.text("identity_of")?;
    Subject::find(subject.snapshot, &Key::of_sql("column", name))
}

/// The value it gives next, as far as it is known; at its end it would give none, and gives the last again.
pub fn next_value(subject: Subject<'_>) -> Option<i64> {
    let facts: Sequence = subject.object.read();
    let last = *subject.snapshot.volatile.last_values.get(subject.key)?;
    let number = |text: &str| text.parse::<i64>().ok();
    let next = last.checked_add(number(&facts.increment)?)?;
    Some(if (number(&facts.minimum)?..=number(&facts.maximum)?).contains(&next) { next } else { last })
}
