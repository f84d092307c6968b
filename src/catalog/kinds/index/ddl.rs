//! Statements for indexes.

use super::{Index, IndexKey, Indexes};
use crate::base::quote_ident;
use crate::catalog::ddl::{Alter, Ddl, Statements, Subject, clause, name_list, option_statements, with_options};
use crate::catalog::kinds::constraint::ddl::{STAYS_ATTACHED, attach, cluster, stays_attached};

impl Statements for Indexes {
    fn word(&self) -> &'static str {
        "INDEX"
    }

    fn carried_along(&self, _subject: Subject<'_>, _columns: usize) -> bool {
        true
    }

    fn calls_functions(&self) -> bool {
        true
    }

    fn create(&self, subject: Subject<'_>) -> Ddl {
        let facts: Index = subject.object.read();
        let (table, name) = (subject.parent_sql(), quote_ident(subject.key.name()));
        let unique = if facts.unique { "UNIQUE " } else { "" };
        let only = if subject.in_partitioned() { "ONLY " } else { "" };
        let keys: Vec<String> = facts.keys.iter().map(key).collect();
        let mut text = format!(
            "CREATE {unique}INDEX {name} ON {only}{table} USING {} ({})",
            quote_ident(&facts.method),
            keys.join(", ")
        );
        if !facts.include.is_empty() {
            text += &format!(" INCLUDE ({})", name_list(&facts.include));
        }
        if facts.nulls_not_distinct {
            text += " NULLS NOT DISTINCT";
        }
        text += &with_options(&facts.options);
        text += &clause("TABLESPACE", facts.tablespace.as_ref());
        if let Some(predicate) = &facts.predicate {
            text += &format!(" WHERE {predicate}");
        }
        let mut ddl = Ddl::run(text);
        for (at, key) in facts.keys.iter().enumerate() {
            if let Some(target) = key.statistics_target {
                ddl.add(format!("ALTER INDEX {} ALTER COLUMN {} SET STATISTICS {target}", subject.key.sql(), at + 1));
            }
        }
        if facts.replica_identity {
            ddl.add(format!("ALTER TABLE {table} REPLICA IDENTITY USING INDEX {name}"));
        }
        if facts.clustered {
            ddl.add(cluster(&table, &name, true));
        }
        if facts.invalid && !subject.in_partitioned() {
            ddl.lossy.push("the index was invalid, the new one is valid".to_owned());
        }
        if let Some(parent) = &facts.partition_of {
            attach(&mut ddl, subject, parent, &subject.key.sql());
        }
        ddl
    }

    fn outlives_detaching(&self, _: Subject<'_>) -> bool {
        true
    }

    fn alter(&self, alter: Alter<'_>) -> Ddl {
        let gentle = ["options", "tablespace", "replica_identity", "clustered", "partition_of", "invalid"];
        let (from, to): (Index, Index) = (alter.from.object.read(), alter.to.object.read());
        if !alter.only(&gentle) {
            return Ddl::again();
        }
        let (table, name) = (alter.to.parent_sql(), alter.to.key.sql());
        let bare = quote_ident(alter.to.key.name());
        let mut ddl = Ddl::default();
        if alter.any(&["options"]) {
            ddl.statements.extend(option_statements(&format!("ALTER INDEX {name}"), &from.options, &to.options));
        }
        if alter.any(&["tablespace"]) {
            let tablespace = to.tablespace.as_deref().unwrap_or("pg_default");
            ddl.add(format!("ALTER INDEX {name} SET TABLESPACE {}", quote_ident(tablespace)));
        }
        if alter.any(&["replica_identity"]) && to.replica_identity {
            ddl.add(format!("ALTER TABLE {table} REPLICA IDENTITY USING INDEX {bare}"));
        }
        if alter.any(&["clustered"]) {
            ddl.add(cluster(&table, &bare, to.clustered));
        }
        if stays_attached(alter, from.partition_of.as_ref(), to.partition_of.as_ref()) {
            ddl.impossible.push(STAYS_ATTACHED.to_owned());
        }
        if let Some(parent) = to.partition_of.filter(|_| from.partition_of.is_none()) {
            ddl.later.push(format!("ALTER INDEX {parent} ATTACH PARTITION {name}"));
        }
        if alter.any(&["invalid"]) && to.invalid {
            ddl.lossy.push("the index was invalid and may stay valid".to_owned());
        }
        ddl
    }
}

fn key(key: &IndexKey) -> String {
    let mut text = match (&key.column, &key.expression) {
        (Some(column), _) => quote_ident(column),
        (None, expression) => format!("({})", expression.as_deref().unwrap_or_default()),
    };
    if let Some(collation) = &key.collation {
        text += &format!(" COLLATE {collation}");
    }
    if let Some(class) = &key.operator_class {
        text += &format!(" {class}");
    }
    if !key.operator_class_options.is_empty() {
        text += &format!(" ({})", key.operator_class_options.join(", "));
    }
    if key.descending {
        text += " DESC";
    }
    if key.nulls_first {
        text += " NULLS FIRST";
    }
    if key.nulls_last {
        text += " NULLS LAST";
    }
    text
}
