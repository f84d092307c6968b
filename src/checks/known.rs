//! What is known of tables before a script runs: read from a snapshot of the target, or from the scripts that ran
//! before it. The same book is kept of what a script itself does.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::Arc;

use compact_str::CompactString;

use super::ChecksError;
use crate::catalog::Snapshot;
use crate::catalog::kinds::{constraint::Constraint, index::Index};
use crate::sql::{Action, Alteration, ConstraintFacts, Facts, ObjectUse};

/// Tables, by name and schema ("" where none is written).
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Shared, as every file of a batch is checked with the same.
    tables: Arc<BTreeMap<(CompactString, CompactString), Table>>,
    /// The major of the server that the snapshot was taken of.
    pub major: Option<u32>,
}

/// A snapshot is read up to this size; a file that never ends is none.
const SNAPSHOT_LIMIT: u64 = 1 << 30;

/// What is known of one table.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// All of its indexes and constraints are known.
    pub whole: bool,
    /// The planner's estimate.
    pub rows: Option<i64>,
    /// What its indexes begin with: the first columns of each, one, two, ... of them, sorted. Partial ones are left out.
    beginnings: HashSet<Vec<CompactString>>,
    named: HashMap<CompactString, Vec<CompactString>>,
    /// Columns that hold no NULL.
    never_null: HashSet<CompactString>,
    /// Checks: which columns they keep from being NULL, and whether that is proven for the rows there are.
    checks: HashMap<CompactString, (Vec<CompactString>, bool)>,
    /// How many proven checks a column has.
    proven: HashMap<CompactString, usize>,
}

impl Table {
    /// Whether rows are found by these columns, in whatever order, without reading the whole table.
    pub fn finds_by(&self, columns: &[CompactString]) -> bool {
        self.beginnings.contains(&sorted(columns))
    }

    /// The columns of an index, where it has no expressions and no condition.
    pub fn columns_of_index(&self, name: &str) -> Option<&[CompactString]> {
        self.named.get(name).map(Vec::as_slice)
    }

    /// Whether the column is proven to hold no NULL.
    pub fn is_never_null(&self, column: &str) -> bool {
        self.never_null.contains(column) || self.proven.get(column).is_some_and(|checks| *checks > 0)
    }
}

impl Known {
    /// A table as written; a bare name means `public`, where a snapshot is the source.
    pub fn table(&self, object: &ObjectUse) -> Option<&Table> {
        let at = |schema: &str| self.tables.get(&(object.name.clone(), schema.into()));
        match &object.schema {
            Some(schema) => at(schema),
            None => at("").or_else(|| at("public")),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.tables.is_empty()
    }

    fn entry(&mut self, schema: &str, name: &str) -> &mut Table {
        Arc::make_mut(&mut self.tables).entry((name.into(), schema.into())).or_default()
    }

    /// What the snapshot in a file says.
    pub fn load(path: &Path) -> Result<Self, ChecksError> {
        let shown = || path.to_string_lossy().into_owned();
        let mut content = Vec::new();
        let read = File::open(path).and_then(|file| file.take(SNAPSHOT_LIMIT).read_to_end(&mut content));
        match read {
            Ok(_) => match Snapshot::from_json(&content) {
                Ok(snapshot) => Ok(Self::of(&snapshot)),
                Err(source) => Err(ChecksError::NoSnapshot { path: shown(), source }),
            },
            Err(source) if source.kind() == io::ErrorKind::NotFound => {
                Err(ChecksError::SnapshotMissing { path: shown() })
            }
            Err(source) => Err(ChecksError::SnapshotUnreadable { path: shown(), source }),
        }
    }

    /// What a snapshot says of its tables.
    pub fn of(snapshot: &Snapshot) -> Self {
        let mut known = Self { major: Some(snapshot.server.major()), ..Self::default() };
        for (key, object) in &snapshot.objects {
            let [schema, relation, rest @ ..] = &*key.path else { continue };
            match key.kind.as_str() {
                "table" => {
                    let table = known.entry(schema, relation);
                    table.whole = true;
                    table.rows = snapshot.volatile.row_estimates.get(key).copied();
                }
                "column" if object.is("not_null") => {
                    known.entry(schema, relation).never_null.extend(rest.iter().cloned());
                }
                "constraint" => {
                    let constraint: Constraint = object.read();
                    let table = known.entry(schema, relation);
                    match constraint.sort.as_str() {
                        "primary key" | "unique" => {
                            let columns: Vec<CompactString> = constraint.columns.iter().map(Into::into).collect();
                            table.begins(&columns);
                        }
                        "check" => {
                            let column = constraint.expression.as_deref().and_then(not_null_column);
                            let proven = !constraint.not_valid && !constraint.not_enforced;
                            table.check(key.name(), column.into_iter().collect(), proven);
                        }
                        _ => {}
                    }
                }
                "index" => {
                    let index: Index = object.read();
                    let Some(of) = object.parent.as_ref().filter(|_| index.predicate.is_none() && !index.invalid)
                    else {
                        continue;
                    };
                    if let [schema, relation] = &*of.path {
                        let keys = index.keys.into_iter().map(|key| key.column.map(Into::into)).collect();
                        known.entry(schema, relation).index(key.name(), keys);
                    }
                }
                _ => {}
            }
        }
        known
    }

    /// What is known after a statement has run.
    pub fn learn(&mut self, facts: &Facts) {
        if let Some((table, _)) = table_and_parts(facts) {
            self.entry(table.schema.as_deref().unwrap_or_default(), &table.name).learn(facts);
        }
    }
}

/// The table that a statement creates, alters or indexes, and what is written of its parts.
pub fn table_and_parts(facts: &Facts) -> Option<(&ObjectUse, &[Alteration])> {
    let (action, parts) = match facts.tag.as_str() {
        "CREATE TABLE" => (Action::Create, &facts.definitions),
        "ALTER TABLE" | "CREATE INDEX" => (Action::Alter, &facts.alterations),
        _ => return None,
    };
    let table = facts.of(action).find(|object| object.kind == "table" && object.column.is_none())?;
    Some((table, parts))
}

impl Table {
    /// What is known of it after a statement about it has run.
    pub fn learn(&mut self, facts: &Facts) {
        // A partition has what its parent has.
        self.whole |= facts.tag == "CREATE TABLE" && facts.of(Action::Alter).next().is_none();
        if let Some(index) = facts.index.as_ref().filter(|index| !index.partial) {
            let name = facts.of(Action::Create).next().map_or("", |index| index.name.as_str());
            self.index(name, index.columns.to_vec());
        }
        table_and_parts(facts).into_iter().flat_map(|(_, parts)| parts).for_each(|part| self.learn_part(part));
    }

    fn index(&mut self, name: &str, keys: Vec<Option<CompactString>>) {
        let count = keys.len();
        let columns: Vec<CompactString> = keys.into_iter().map_while(|key| key).collect();
        if columns.len() == count && !name.is_empty() {
            self.named.insert(name.into(), columns.clone());
        }
        self.begins(&columns);
    }

    fn begins(&mut self, columns: &[CompactString]) {
        // An index has at most 32 keys.
        self.beginnings.extend((1..=columns.len().min(32)).map(|count| sorted(&columns[..count])));
    }

    fn check(&mut self, name: &str, columns: Vec<CompactString>, valid: bool) {
        self.drop_check(name);
        self.checks.insert(name.into(), (columns, false));
        if valid {
            self.validate(name);
        }
    }

    fn validate(&mut self, name: &str) {
        let Some((columns, valid)) = self.checks.get_mut(name).filter(|(_, valid)| !*valid) else { return };
        *valid = true;
        for column in columns.iter() {
            *self.proven.entry(column.clone()).or_default() += 1;
        }
    }

    fn drop_check(&mut self, name: &str) {
        let Some((columns, true)) = self.checks.remove(name) else { return };
        for column in columns {
            if let Some(checks) = self.proven.get_mut(&column) {
                *checks -= 1;
            }
        }
    }

    fn learn_part(&mut self, part: &Alteration) {
        let name = part.name.clone().unwrap_or_default();
        match part.command.as_str() {
            "LIKE" => self.whole = false,
            "SET NOT NULL" => drop(self.never_null.insert(name)),
            "DROP NOT NULL" => drop(self.never_null.remove(&name)),
            "VALIDATE CONSTRAINT" => self.validate(&name),
            "DROP CONSTRAINT" => self.drop_check(&name),
            "ADD COLUMN" if part.not_null => drop(self.never_null.insert(name)),
            _ => {}
        }
        for constraint in &part.constraints {
            match constraint.kind.as_str() {
                "primary key" | "unique" => self.begins(&columns_of(part, constraint)),
                "check" if !constraint.never_null.is_empty() => {
                    let name = constraint.name.as_deref().unwrap_or_default();
                    self.check(name, constraint.never_null.to_vec(), !constraint.not_valid);
                }
                _ => {}
            }
        }
    }
}

fn sorted(columns: &[CompactString]) -> Vec<CompactString> {
    columns.iter().cloned().collect::<BTreeSet<_>>().into_iter().collect()
}

/// The columns of a constraint; one that is written with a column is about that column.
pub fn columns_of(part: &Alteration, constraint: &ConstraintFacts) -> Vec<CompactString> {
    if constraint.columns.is_empty() && part.command == "ADD COLUMN" {
        part.name.iter().cloned().collect()
    } else {
        constraint.columns.to_vec()
    }
}

/// The column of `(c IS NOT NULL)`, as PostgreSQL writes such a check.
fn not_null_column(expression: &str) -> Option<CompactString> {
    let inner = expression.trim().trim_start_matches('(').trim_end_matches(')').strip_suffix(" IS NOT NULL")?;
    let name = match inner.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(quoted) => quoted.replace("\"\"", "\"").into(),
        None => inner.into(),
    };
    let plain =
        inner.starts_with('"') || inner.chars().all(|character| character.is_alphanumeric() || character == '_');
    plain.then_some(name)
}

#[cfg(test)]
mod tests {
    use compact_str::CompactString;

    use super::{Known, not_null_column};
    use crate::sql::{Action, classify};

    #[test]
    fn a_check_of_a_snapshot_proves_its_column() {
        assert_eq!(not_null_column("(email IS NOT NULL)").as_deref(), Some("email"));
        assert_eq!(not_null_column("(\"E\"\"x\" IS NOT NULL)").as_deref(), Some("E\"x"));
        assert_eq!(not_null_column("((a + b) IS NOT NULL)"), None);
        assert_eq!(not_null_column("(a > 0)"), None);
    }

    #[test]
    fn a_script_is_learnt_statement_by_statement() {
        let mut known = Known::default();
        let mut learn = |sql: &str| known.learn(&classify(sql).unwrap());
        learn("CREATE TABLE app.t (id bigint PRIMARY KEY, a text, b text, UNIQUE (a, b))");
        learn("CREATE INDEX i ON app.t (b, lower(a))");
        learn("ALTER TABLE app.t ADD CONSTRAINT t_a CHECK (a IS NOT NULL AND b IS NOT NULL) NOT VALID");
        let facts = classify("ALTER TABLE app.t SET LOGGED").unwrap();
        let object = facts.of(Action::Alter).next().unwrap();
        let table = known.table(object).unwrap();
        let names = |names: &[&str]| names.iter().map(|name| CompactString::from(*name)).collect::<Vec<_>>();
        assert!(table.whole && table.finds_by(&names(&["b", "a"])) && table.finds_by(&names(&["b"])));
        assert!(!table.finds_by(&names(&["a", "id"])) && !table.is_never_null("a"));
        known.learn(&classify("ALTER TABLE app.t VALIDATE CONSTRAINT t_a").unwrap());
        assert!(known.table(object).is_some_and(|table| table.is_never_null("a") && table.is_never_null("b")));
    }
}
