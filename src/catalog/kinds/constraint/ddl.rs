//! Statements for constraints.

use super::{Constraint, Constraints};
use crate::base::quote_ident;
use crate::catalog::Key;
use crate::catalog::ddl::{Alter, Ddl, Statements, Subject, clause, name_list, option_statements, with_options};

impl Statements for Constraints {
    fn word(&self) -> &'static str {
        "CONSTRAINT"
    }

    fn named(&self, subject: Subject<'_>) -> String {
        format!("{} ON {}", quote_ident(subject.key.name()), subject.parent_sql())
    }

    fn carried_along(&self, subject: Subject<'_>, columns: usize) -> bool {
        // Between the two a foreign key would compare an old type with a new one.
        columns < 2 || !subject.object.facts.contains_key("references")
    }

    /// The index of a key bears its name.
    fn takes(&self, subject: Subject<'_>) -> Option<(String, String)> {
        let keyed = matches!(subject.object.text("type"), Some("primary key" | "unique" | "exclusion"));
        keyed.then(|| (subject.key.schema().to_owned(), subject.key.name().to_owned()))
    }

    fn made_last(&self, subject: Subject<'_>) -> bool {
        subject.object.facts.contains_key("references")
    }

    fn calls_functions(&self) -> bool {
        true
    }

    fn create(&self, subject: Subject<'_>) -> Ddl {
        let facts: Constraint = subject.object.read();
        let (table, name) = (subject.parent_sql(), quote_ident(subject.key.name()));
        let mut ddl = Ddl::default();
        if inherited(&facts) && facts.partition_of.is_none() {
            return ddl;
        }
        // On a partitioned table a key is made alone: those of the partitions are attached by their names.
        let keyed = matches!(facts.sort.as_str(), "primary key" | "unique");
        let only = if subject.in_partitioned() && keyed { "ONLY " } else { "" };
        ddl.add(format!("ALTER TABLE {only}{table} ADD CONSTRAINT {name} {}", definition(&facts)));
        ddl.statements.extend(index_settings(&table, &name, &facts));
        if !facts.enforcing_triggers.is_empty() {
            ddl.lossy.push("its triggers were switched, and are in their usual state again".to_owned());
        }
        if let Some(comment) = subject.object.text("comment_in_pg_class") {
            ddl.add(format!("COMMENT ON INDEX {} IS {}", index(subject), crate::base::quote_literal(comment)));
        }
        if let Some(parent) = &facts.partition_of {
            attach(&mut ddl, subject, parent, &index(subject));
        }
        ddl
    }

    fn drop(&self, subject: Subject<'_>) -> Ddl {
        let facts: Constraint = subject.object.read();
        if inherited(&facts) && facts.sort == "check" {
            return Ddl::default();
        }
        let (table, name) = (subject.parent_sql(), quote_ident(subject.key.name()));
        Ddl::run(format!("ALTER TABLE {table} DROP CONSTRAINT {name}"))
    }

    fn outlives_detaching(&self, subject: Subject<'_>) -> bool {
        subject.object.text("type") != Some("check")
    }

    fn alter(&self, alter: Alter<'_>) -> Ddl {
        let (from, to): (Constraint, Constraint) = (alter.from.object.read(), alter.to.object.read());
        let (table, name) = (alter.to.parent_sql(), quote_ident(alter.to.key.name()));
        let gentle = [
            "deferrable",
            "initially_deferred",
            "not_valid",
            "inherited",
            "local",
            "partition_of",
            "index_options",
            "index_tablespace",
            "replica_identity",
            "clustered",
            "comment_in_pg_class",
            "enforcing_triggers",
        ];
        let deferring = alter.any(&["deferrable", "initially_deferred"]);
        if !alter.only(&gentle) || (to.not_valid && !from.not_valid) || (deferring && to.sort != "foreign key") {
            return if inherited(&to) && inherited(&from) { Ddl::default() } else { Ddl::again() };
        }
        let mut ddl = Ddl::default();
        if inherited(&to) && !inherited(&from) && to.partition_of.is_none() && !alter.to.in_partition() {
            ddl.impossible.push(STAYS_LOCAL.to_owned());
        }
        if deferring && !inherited(&to) {
            ddl.add(format!("ALTER TABLE {table} ALTER CONSTRAINT {name}{}", deferring_clause(&to, true)));
        }
        if from.not_valid && !to.not_valid {
            ddl.add(format!("ALTER TABLE {table} VALIDATE CONSTRAINT {name}"));
        }
        let index = index(alter.to);
        if alter.any(&["index_options"]) {
            ddl.statements.extend(option_statements(
                &format!("ALTER INDEX {index}"),
                &from.index_options,
                &to.index_options,
            ));
        }
        if let Some(parent) = to.partition_of.as_ref().filter(|_| from.partition_of.is_none()) {
            ddl.later.push(format!("ALTER INDEX {parent} ATTACH PARTITION {index}"));
        }
        if stays_attached(alter, from.partition_of.as_ref(), to.partition_of.as_ref()) {
            ddl.impossible.push(STAYS_ATTACHED.to_owned());
        }
        if alter.any(&["index_tablespace"]) {
            let tablespace = to.index_tablespace.as_deref().unwrap_or("pg_default");
            ddl.add(format!("ALTER INDEX {index} SET TABLESPACE {}", quote_ident(tablespace)));
        }
        if alter.any(&["replica_identity"]) && to.replica_identity {
            ddl.add(format!("ALTER TABLE {table} REPLICA IDENTITY USING INDEX {name}"));
        }
        if alter.any(&["clustered"]) {
            ddl.add(cluster(&table, &name, to.clustered));
        }
        if alter.any(&["enforcing_triggers"]) {
            ddl.impossible
                .push("the state of its internal triggers is set only for all triggers of a table at once".to_owned());
        }
        if alter.any(&["comment_in_pg_class"]) {
            let text = alter.to.object.text("comment_in_pg_class");
            let text = text.map_or_else(|| "NULL".to_owned(), crate::base::quote_literal);
            ddl.add(format!("COMMENT ON INDEX {index} IS {text}"));
        }
        ddl
    }

    fn renamed_with_parent(&self, subject: Subject<'_>) -> bool {
        subject.object.is("inherited") && subject.object.text("type") == Some("check")
    }

    fn inherited_from(&self, subject: Subject<'_>) -> Vec<Key> {
        if self.renamed_with_parent(subject) { subject.likes() } else { Vec::new() }
    }

    fn rename(&self, subject: Subject<'_>, name: &str) -> Option<String> {
        let (table, old) = (subject.parent_sql(), quote_ident(subject.key.name()));
        Some(format!("ALTER TABLE {table} RENAME CONSTRAINT {old} TO {}", quote_ident(name)))
    }
}

/// The index of a key bears its name, in the schema of its table.
fn index(subject: Subject<'_>) -> String {
    Key::new("index", &[subject.key.schema(), subject.key.name()]).sql()
}

/// Whether an index would have to be taken off that of its table, which no statement does: both stand, and the partition
/// is one still.
pub fn stays_attached(alter: Alter<'_>, from: Option<&String>, to: Option<&String>) -> bool {
    let (Some(parent), None) = (from, to) else { return false };
    let to = alter.to;
    to.in_partition() && whole(to, parent).is_some()
}

/// The index of that name, or the key that it is the index of, on the partitioned table.
fn whole(part: Subject<'_>, name: &str) -> Option<Key> {
    let index = Key::of_sql("index", name);
    let table = part.object.parent.as_ref().and_then(|table| part.snapshot.objects.get(table));
    let table = table.and_then(|table| table.text("partition_of"));
    let key = table.map(|table| Key::of_sql("table", table).child("constraint", index.name()));
    [Some(index), key].into_iter().flatten().find(|key| part.snapshot.objects.contains_key(key))
}

pub const STAYS_LOCAL: &str = "it became the table's own, and stays that when it is inherited again";
pub const STAYS_ATTACHED: &str = "its index is a part of that of the partitioned table, and no statement takes it off";

/// Ties the index of a partition to that of its table: at once where that one is made too.
pub fn attach(ddl: &mut Ddl, subject: Subject<'_>, parent: &str, index: &str) {
    let statement = format!("ALTER INDEX {parent} ATTACH PARTITION {index}");
    match whole(subject, parent) {
        Some(key) => ddl.with.push((key, statement)),
        None => ddl.later.push(statement),
    }
}

fn inherited(facts: &Constraint) -> bool {
    facts.inherited && !facts.local
}

/// The checks a partition has from its table, as CREATE TABLE writes them.
pub fn inherited_checks(table: Subject<'_>) -> Vec<String> {
    table
        .snapshot
        .children(table.key)
        .filter(|(key, _)| key.kind == "constraint")
        .map(|(key, object)| (key, object.read::<Constraint>()))
        .filter(|(_, facts)| facts.sort == "check" && inherited(facts))
        .map(|(key, facts)| format!("CONSTRAINT {} {}", quote_ident(key.name()), definition(&facts)))
        .collect()
}

/// `ALTER TABLE` forms that concern the index behind a key or stand alone.
pub fn cluster(table: &str, index: &str, on: bool) -> String {
    if on {
        format!("ALTER TABLE {table} CLUSTER ON {index}")
    } else {
        format!("ALTER TABLE {table} SET WITHOUT CLUSTER")
    }
}

fn index_settings(table: &str, name: &str, facts: &Constraint) -> Vec<String> {
    let mut statements = Vec::new();
    if facts.replica_identity {
        statements.push(format!("ALTER TABLE {table} REPLICA IDENTITY USING INDEX {name}"));
    }
    if facts.clustered {
        statements.push(cluster(table, name, true));
    }
    statements
}

fn deferring_clause(facts: &Constraint, always: bool) -> String {
    match (facts.deferrable, facts.initially_deferred) {
        (true, true) => " DEFERRABLE INITIALLY DEFERRED",
        (true, false) if always => " DEFERRABLE INITIALLY IMMEDIATE",
        (true, false) => " DEFERRABLE",
        (false, _) if always => " NOT DEFERRABLE",
        (false, _) => "",
    }
    .to_owned()
}

/// The constraint as ADD CONSTRAINT writes it after the name.
fn definition(facts: &Constraint) -> String {
    let mut text = match facts.sort.as_str() {
        "check" => {
            let inherit = if facts.no_inherit { " NO INHERIT" } else { "" };
            format!("CHECK ({}){inherit}", facts.expression.as_deref().unwrap_or_default())
        }
        "foreign key" => foreign_key(facts),
        "exclusion" => return facts.definition.clone().unwrap_or_default(),
        _ => key(facts),
    };
    text += &deferring_clause(facts, false);
    if facts.not_enforced {
        text += " NOT ENFORCED";
    } else if facts.not_valid {
        text += " NOT VALID";
    }
    text
}

fn key(facts: &Constraint) -> String {
    let word = if facts.sort == "primary key" { "PRIMARY KEY" } else { "UNIQUE" };
    let nulls = if facts.nulls_not_distinct { " NULLS NOT DISTINCT" } else { "" };
    let temporal = if facts.temporal { " WITHOUT OVERLAPS" } else { "" };
    let mut text = format!("{word}{nulls} ({}{temporal})", name_list(&facts.columns));
    if !facts.include.is_empty() {
        text += &format!(" INCLUDE ({})", name_list(&facts.include));
    }
    text + &with_options(&facts.index_options) + &clause("USING INDEX TABLESPACE", facts.index_tablespace.as_ref())
}

fn foreign_key(facts: &Constraint) -> String {
    let columns = |names: &[String]| match names.split_last() {
        Some((last, rest)) if facts.temporal => {
            let rest: Vec<String> = rest.iter().map(|name| format!("{}, ", quote_ident(name))).collect();
            format!("{}PERIOD {}", rest.concat(), quote_ident(last))
        }
        _ => name_list(names),
    };
    let mut text = format!(
        "FOREIGN KEY ({}) REFERENCES {} ({})",
        columns(&facts.columns),
        facts.references.as_deref().unwrap_or_default(),
        columns(&facts.referenced_columns)
    );
    if facts.match_full {
        text += " MATCH FULL";
    }
    if let Some(action) = &facts.on_update {
        text += &format!(" ON UPDATE {action}");
    }
    if let Some(action) = &facts.on_delete {
        text += &format!(" ON DELETE {action}");
        if !facts.on_delete_columns.is_empty() {
            text += &format!(" ({})", name_list(&facts.on_delete_columns));
        }
    }
    text
}
