//! What a rollback drops although nobody looks at its rows. A script may rename a thing before it drops it, so each is
//! followed back to the name that it bears before the first statement.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::quote_ident;
use crate::catalog::{Guard, Key, Snapshot};
use crate::sql::{Action, Facts, ObjectUse};

type Table = (String, String);

/// The names that things bore before the script began, by the names they bear at a place in it.
#[derive(Default)]
struct Names {
    schemas: BTreeMap<String, String>,
    tables: BTreeMap<Table, Table>,
    columns: BTreeMap<(Table, String), String>,
    /// What the script made itself.
    made: BTreeSet<Table>,
}

impl Names {
    fn table(&self, object: &ObjectUse) -> Table {
        let schema = object.schema.as_deref().unwrap_or_default();
        let schema = self.schemas.get(schema).map_or(schema, String::as_str).to_owned();
        let table = (schema, object.name.to_string());
        self.tables.get(&table).cloned().unwrap_or(table)
    }

    /// The name of a table, or of a column with its table.
    fn first(&self, object: &ObjectUse) -> (Table, Option<String>) {
        let table = self.table(object);
        let column = object.column.as_ref().map(ToString::to_string);
        let first = column.map(|column| self.columns.get(&(table.clone(), column.clone())).cloned().unwrap_or(column));
        (table, first)
    }

    /// Remembers what a statement renames or makes.
    fn follow(&mut self, facts: &Facts) {
        let renames = facts.commands().any(|command| command.starts_with("RENAME"));
        let old = facts.of(Action::Drop).next();
        for new in facts.of(Action::Create) {
            match (new.kind.as_str(), old.filter(|old| renames && old.kind == new.kind)) {
                ("schema", Some(old)) => {
                    let old = old.name.to_string();
                    let first = self.schemas.get(&old).cloned().unwrap_or(old);
                    self.schemas.insert(new.name.to_string(), first);
                }
                ("table", Some(old)) => {
                    let (schema, first) = (self.table(new).0, self.table(old));
                    self.tables.insert((schema, new.name.to_string()), first);
                }
                ("column", Some(old)) => {
                    if let ((table, Some(first)), Some(name)) = (self.first(old), &new.column) {
                        self.columns.insert((table, name.to_string()), first);
                    }
                }
                ("table", None) => {
                    let table = self.table(new);
                    self.made.insert(table);
                }
                _ => {}
            }
        }
    }
}

/// The tables and columns that a script drops and no guard names, as the catalog calls them before it runs. A computed column
/// holds nothing of its own, and what a foreign table shows lies elsewhere.
pub(super) fn unguarded(script: &[Facts], guards: &[Guard], now: &Snapshot) -> Vec<String> {
    let guarded: BTreeSet<String> = guards
        .iter()
        .map(|guard| match guard {
            Guard::TableEmpty { table } => table.clone(),
            Guard::ColumnUntouched { table, column, .. } => format!("{table}.{column}"),
        })
        .collect();
    let elsewhere = |(schema, table): &Table, column: &str| {
        let column = now.objects.get(&Key::new("column", &[schema, table, column]));
        column.is_some_and(|column| {
            let stored = column.parent.as_ref().is_some_and(|parent| parent.kind == "table");
            !stored || column.facts.contains_key("generated")
        })
    };
    let (mut names, mut left) = (Names::default(), Vec::new());
    for facts in script {
        let drops_columns = facts.alterations.iter().any(|part| part.command == "DROP COLUMN");
        for object in facts.of(Action::Drop) {
            let (table, column) = names.first(object);
            let sql = format!("{}.{}", quote_ident(&table.0), quote_ident(&table.1));
            match (facts.tag.as_str(), &column) {
                ("DROP TABLE", _) if !names.made.remove(&table) => left.push(sql),
                ("ALTER TABLE", Some(column))
                    if drops_columns && object.kind == "column" && !elsewhere(&table, column) =>
                {
                    left.push(format!("{sql}.{}", quote_ident(column)));
                }
                _ => {}
            }
        }
        names.follow(facts);
    }
    left.retain(|name| !guarded.contains(name));
    left
}

#[cfg(test)]
mod tests {

    use super::unguarded;
    use crate::base::ServerVersion;
    use crate::catalog::{Guard, Objects, Snapshot, Volatile};
    use crate::sql::{Facts, classify};

    fn left(script: &[&str], tables: &[&str]) -> Vec<String> {
        let facts: Vec<Facts> = script.iter().map(|statement| classify(statement).unwrap()).collect();
        let guards: Vec<Guard> = tables.iter().map(|table| Guard::TableEmpty { table: (*table).to_owned() }).collect();
        let now = Snapshot {
            server: ServerVersion(160_000),
            database: "d".to_owned(),
            objects: Objects::default(),
            not_covered: Vec::new(),
            volatile: Volatile::default(),
        };
        unguarded(&facts, &guards, &now)
    }

    #[test]
    fn another_name_hides_nothing() {
        assert_eq!(left(&["DROP TABLE s.t"], &[]), ["s.t"]);
        assert_eq!(left(&["ALTER TABLE s.t RENAME TO u", "DROP TABLE s.u"], &[]), ["s.t"]);
        assert_eq!(left(&["ALTER TABLE s.t RENAME TO u", "DROP TABLE s.u"], &["s.u"]), ["s.t"]);
        assert!(left(&["ALTER TABLE s.t RENAME TO u", "DROP TABLE s.u"], &["s.t"]).is_empty());
        let renamed = ["ALTER SCHEMA s RENAME TO r", "ALTER TABLE r.t RENAME a TO b", "ALTER TABLE r.t DROP COLUMN b"];
        assert_eq!(left(&renamed, &[]), ["s.t.a"]);
        assert_eq!(left(&["ALTER TABLE s.t SET SCHEMA r", "DROP TABLE r.t"], &["s.t"]), ["r.t"]);
    }

    #[test]
    fn what_the_script_made_holds_nothing_of_anybody() {
        assert!(left(&["CREATE TABLE s.t (n int)", "DROP TABLE s.t"], &[]).is_empty());
        assert_eq!(left(&["CREATE TABLE s.t (n int)", "DROP TABLE s.t", "DROP TABLE s.t"], &[]), ["s.t"]);
        let swapped = [
            "CREATE TABLE s.n (n int)",
            "ALTER TABLE s.t RENAME TO o",
            "ALTER TABLE s.n RENAME TO t",
            "DROP TABLE s.o",
        ];
        assert_eq!(left(&swapped, &[]), ["s.t"]);
    }
}
