//! Statements for publications.

use super::{Publication, Publications, PublishedTable};
use crate::catalog::ddl::{Alter, Ddl, Statements, Subject, name_list};

impl Statements for Publications {
    fn word(&self) -> &'static str {
        "PUBLICATION"
    }

    fn create(&self, subject: Subject<'_>) -> Ddl {
        let facts: Publication = subject.object.read();
        let tables: Vec<String> = facts.tables.iter().map(published).collect();
        let mut of = Vec::new();
        if !tables.is_empty() {
            of.push(format!("TABLE {}", tables.join(", ")));
        }
        of.extend(facts.schemas.iter().map(|schema| format!("TABLES IN SCHEMA {schema}")));
        let of = match of.as_slice() {
            _ if facts.all_tables => " FOR ALL TABLES".to_owned(),
            [] => String::new(),
            of => format!(" FOR {}", of.join(", ")),
        };
        let version = subject.snapshot.server;
        Ddl::run(format!(
            "CREATE PUBLICATION {}{of} WITH ({})",
            subject.key.sql(),
            options(&facts, version.at_least(18))
        ))
    }

    fn alter(&self, alter: Alter<'_>) -> Ddl {
        let (from, to): (Publication, Publication) = (alter.from.object.read(), alter.to.object.read());
        if from.all_tables != to.all_tables {
            return Ddl::again();
        }
        let this = format!("ALTER PUBLICATION {}", alter.to.key.sql());
        let mut ddl = Ddl::default();
        for old in from.tables.iter().filter(|old| !to.tables.contains(old)) {
            ddl.add(format!("{this} DROP TABLE ONLY {}", old.table));
        }
        for old in from.schemas.iter().filter(|old| !to.schemas.contains(old)) {
            ddl.add(format!("{this} DROP TABLES IN SCHEMA {old}"));
        }
        for new in to.tables.iter().filter(|new| !from.tables.contains(new)) {
            ddl.add(format!("{this} ADD TABLE {}", published(new)));
        }
        for new in to.schemas.iter().filter(|new| !from.schemas.contains(new)) {
            ddl.add(format!("{this} ADD TABLES IN SCHEMA {new}"));
        }
        if alter.any(&["publish", "via_partition_root", "generated_columns"]) {
            let version = alter.to.snapshot.server;
            ddl.add(format!("{this} SET ({})", options(&to, version.at_least(18))));
        }
        ddl
    }
}

fn published(table: &PublishedTable) -> String {
    let mut text = format!("ONLY {}", table.table);
    if !table.columns.is_empty() {
        text += &format!(" ({})", name_list(&table.columns));
    }
    if let Some(condition) = &table.condition {
        text += &format!(" WHERE ({condition})");
    }
    text
}

fn options(facts: &Publication, generated: bool) -> String {
    let root = facts.via_partition_root;
    let mut text = format!("publish = '{}', publish_via_partition_root = {root}", facts.publish.join(", "));
    if generated {
        text += &format!(", publish_generated_columns = {}", facts.generated_columns.as_deref().unwrap_or("none"));
    }
    text
}
