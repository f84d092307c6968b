//! Statements for tables.

use serde_json::Value;

use super::{Table, Tables};
use crate::base::quote_ident;
use crate::catalog::ddl::{
    Alter, Ddl, Guard, Privileges, Statements, Subject, clause, option_statements, with_options,
};
use crate::catalog::kinds::{column::ddl as column, constraint::ddl as constraint};
use crate::catalog::{Key, Object};

/// What an owner of a table, view or materialized view may do.
pub const PRIVILEGES: Privileges = Privileges {
    word: "TABLE",
    all: &["DELETE", "INSERT", "MAINTAIN", "REFERENCES", "SELECT", "TRIGGER", "TRUNCATE", "UPDATE"],
    public: &[],
};

impl Statements for Tables {
    fn word(&self) -> &'static str {
        "TABLE"
    }

    fn create(&self, subject: Subject<'_>) -> Ddl {
        let table: Table = subject.object.read();
        let name = subject.key.sql();
        let mut ddl = Ddl::default();
        let mut columns = Vec::new();
        let mut more = Vec::new();
        for column_name in &table.column_order {
            let key = subject.key.child("column", column_name);
            let Some(column) = Subject::find(subject.snapshot, &key) else { continue };
            let inherited = column.object.is("inherited") && !column.object.is("local");
            if inherited && table.partition_of.is_none() {
                continue;
            }
            let definition =
                if table.of_type.is_some() { column::options(column) } else { Some(column::definition(column)) };
            columns.extend(definition);
            more.extend(column::settings(column));
        }
        if table.partition_of.is_some() {
            // A partition is attached only if it has the checks of its table.
            columns.extend(constraint::inherited_checks(subject));
        }
        let unlogged = if table.unlogged { "UNLOGGED " } else { "" };
        let mut statement = format!("CREATE {unlogged}TABLE {name}");
        match &table.of_type {
            Some(of) if columns.is_empty() => statement += &format!(" OF {of}"),
            Some(of) => statement += &format!(" OF {of} (\n    {}\n)", columns.join(",\n    ")),
            None if columns.is_empty() => statement += " ()",
            None => statement += &format!(" (\n    {}\n)", columns.join(",\n    ")),
        }
        if !table.inherits.is_empty() {
            statement += &format!(" INHERITS ({})", table.inherits.join(", "));
        }
        if let Some(by) = &table.partition_by {
            statement += &format!(" PARTITION BY {by}");
        }
        statement += &clause("USING", table.access_method.as_ref());
        statement += &with_options(&table.options);
        statement += &clause("TABLESPACE", table.tablespace.as_ref());
        ddl.add(statement);
        ddl.statements.extend(more);
        if table.row_security {
            ddl.add(format!("ALTER TABLE {name} ENABLE ROW LEVEL SECURITY"));
        }
        if table.force_row_security {
            ddl.add(format!("ALTER TABLE {name} FORCE ROW LEVEL SECURITY"));
        }
        ddl.statements.extend(identity(&name, table.replica_identity.as_deref()));
        if let (Some(parent), Some(bound)) = (&table.partition_of, &table.partition_bound) {
            // Where the other table stands with its indexes, its own are made first: PostgreSQL takes them over
            // instead of inventing names.
            let statement = format!("ALTER TABLE ONLY {parent} ATTACH PARTITION {name} {bound}");
            ddl.with.push((Key::of_sql("table", parent), statement));
        }
        if table.partition_by.is_none() {
            ddl.lossy.push("its structure returns, the rows it held do not".to_owned());
        }
        ddl
    }

    fn drop(&self, subject: Subject<'_>) -> Ddl {
        let table = subject.key.sql();
        let mut statements = Vec::new();
        if let Some(parent) = subject.object.text("partition_of")
            && referenced(subject, parent)
        {
            // A foreign key to the partitioned table holds each partition.
            statements.push(format!("ALTER TABLE {parent} DETACH PARTITION {table}"));
        }
        statements.push(format!("DROP TABLE {table}"));
        Ddl { guards: self.guards(subject), statements, ..Ddl::default() }
    }

    fn guards(&self, subject: Subject<'_>) -> Vec<Guard> {
        vec![Guard::TableEmpty { table: subject.key.sql() }]
    }

    fn alter(&self, alter: Alter<'_>) -> Ddl {
        let (from, to): (Table, Table) = (alter.from.object.read(), alter.to.object.read());
        let name = alter.to.key.sql();
        let this = format!("ALTER TABLE {name}");
        let mut ddl = Ddl::default();
        if alter.any(&["partition_by"]) {
            return Ddl::cannot("how a table is partitioned cannot be altered");
        }
        if alter.any(&["partition_of", "partition_bound"]) {
            let place = to.partition_of.as_deref().zip(to.partition_bound.as_deref());
            ddl.statements.extend(partition(&name, from.partition_of.as_deref(), place));
            ddl.detaches = from.partition_of.is_some() && from.partition_of != to.partition_of;
            if place.is_some() {
                ddl.attaches = true;
                ddl.again = rivals(alter.to);
            }
        }
        if alter.any(&["inherits"]) {
            ddl.statements.extend(inheritance(&this, &from.inherits, &to.inherits));
        }
        if alter.any(&["of_type"]) {
            ddl.add(to.of_type.map_or_else(|| format!("{this} NOT OF"), |of| format!("{this} OF {of}")));
        }
        if alter.any(&["unlogged"]) {
            ddl.add(format!("{this} SET {}", if to.unlogged { "UNLOGGED" } else { "LOGGED" }));
        }
        if alter.any(&["access_method"]) {
            match &to.access_method {
                Some(method) => ddl.add(format!("{this} SET ACCESS METHOD {}", quote_ident(method))),
                None => ddl.add(format!("{this} SET ACCESS METHOD DEFAULT")),
            }
        }
        if alter.any(&["tablespace"]) {
            let tablespace = to.tablespace.as_deref().unwrap_or("pg_default");
            ddl.add(format!("{this} SET TABLESPACE {}", quote_ident(tablespace)));
        }
        if alter.any(&["options"]) {
            ddl.statements.extend(option_statements(&this, &from.options, &to.options));
        }
        if alter.any(&["replica_identity"]) {
            let set = identity(&name, to.replica_identity.as_deref());
            if set.is_none() && to.replica_identity.is_none() {
                ddl.add(format!("{this} REPLICA IDENTITY DEFAULT"));
            }
            ddl.statements.extend(set);
        }
        if alter.any(&["row_security"]) {
            ddl.add(format!("{this} {} ROW LEVEL SECURITY", if to.row_security { "ENABLE" } else { "DISABLE" }));
        }
        if alter.any(&["force_row_security"]) {
            ddl.add(format!("{this} {}FORCE ROW LEVEL SECURITY", if to.force_row_security { "" } else { "NO " }));
        }
        if alter.any(&["column_order"]) {
            ddl.lossy.push("the order of its columns cannot be restored".to_owned());
        }
        ddl
    }

    fn privileges(&self) -> Option<Privileges> {
        Some(PRIVILEGES)
    }

    fn holds_rows(&self) -> bool {
        true
    }
}

/// Indexes that PostgreSQL could take for a part of the partitioned table's index in place of the one that is.
fn rivals(subject: Subject<'_>) -> Vec<Key> {
    let unique = |object: &Object| object.is("unique") || matches!(object.text("type"), Some("primary key" | "unique"));
    let over = |object: &Object| -> Option<Vec<String>> {
        let keys = object.facts.get("keys").or_else(|| object.facts.get("columns"))?.as_array()?;
        let name = |key: &Value| ["column", "expression"].into_iter().find_map(|part| Some(key.get(part)?.to_string()));
        Some(keys.iter().map(|key| name(key).unwrap_or_else(|| key.to_string())).collect())
    };
    let is_index = |key: &Key, object: &Object| {
        key.kind == "index" || matches!(object.text("type"), Some("primary key" | "unique" | "exclusion"))
    };
    let indexes = subject.snapshot.children(subject.key).filter(|(key, object)| is_index(key, object));
    let (parts, others): (Vec<_>, Vec<_>) = indexes.partition(|(_, object)| object.facts.contains_key("partition_of"));
    let alike = |one: &Object, other: &Object| unique(one) == unique(other) && over(one) == over(other);
    let rival = |object: &Object| parts.iter().any(|(_, part)| alike(part, object));
    others.into_iter().filter(|(_, object)| rival(object)).map(|(key, _)| key.clone()).collect()
}

/// Another place among partitions: the table it is a part of now, and the one it becomes, with its bound.
pub fn partition(name: &str, from: Option<&str>, to: Option<(&str, &str)>) -> Vec<String> {
    let gone = from.map(|parent| format!("ALTER TABLE {parent} DETACH PARTITION {name}"));
    let comes = to.map(|(parent, bound)| format!("ALTER TABLE {parent} ATTACH PARTITION {name} {bound}"));
    gone.into_iter().chain(comes).collect()
}

/// Other parents: a new one comes last, so what stands behind the first difference is inherited anew.
pub fn inheritance(this: &str, from: &[String], to: &[String]) -> Vec<String> {
    let same = from.iter().zip(to).take_while(|(a, b)| a == b).count();
    let gone = from.iter().skip(same).map(|parent| format!("{this} NO INHERIT {parent}"));
    gone.chain(to.iter().skip(same).map(|parent| format!("{this} INHERIT {parent}"))).collect()
}

/// Whether a foreign key points at this table or at one it is a part of.
fn referenced(subject: Subject<'_>, table: &str) -> bool {
    if subject.snapshot.of_kind("constraint").any(|(_, object)| object.text("references") == Some(table)) {
        return true;
    }
    let parent = subject.snapshot.objects.get(&Key::of_sql("table", table));
    parent.and_then(|object| object.text("partition_of")).is_some_and(|next| referenced(subject, next))
}

/// An index that is the identity says so itself.
fn identity(table: &str, word: Option<&str>) -> Option<String> {
    match word? {
        "index" => None,
        word => Some(format!("ALTER TABLE {table} REPLICA IDENTITY {}", word.to_uppercase())),
    }
}
