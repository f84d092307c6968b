//! Statements for foreign tables.

use super::{ForeignTable, ForeignTables};
use crate::base::quote_ident;
use crate::catalog::ddl::{Alter, Ddl, Privileges, Statements, Subject};
use crate::catalog::foreign;
use crate::catalog::kinds::table::ddl::{PRIVILEGES, inheritance, partition};
use crate::catalog::kinds::{column::ddl as column, constraint::ddl as constraint};

impl Statements for ForeignTables {
    fn word(&self) -> &'static str {
        "FOREIGN TABLE"
    }

    fn create(&self, subject: Subject<'_>) -> Ddl {
        let facts: ForeignTable = subject.object.read();
        let name = subject.key.sql();
        let mut ddl = Ddl { impossible: foreign::lost(&[], &facts.secrets), ..Ddl::default() };
        let (mut columns, mut more) = (Vec::new(), Vec::new());
        for name in &facts.column_order {
            let key = subject.key.child("column", name);
            let Some(column) = Subject::find(subject.snapshot, &key) else { continue };
            if facts.partition_of.is_some() || !column.object.is("inherited") || column.object.is("local") {
                columns.push(column::definition(column));
            }
            more.extend(column::settings(column));
            ddl.impossible.extend(foreign::lost(&[], &column.object.read::<column::Column>().foreign_secrets));
        }
        if facts.partition_of.is_some() {
            columns.extend(constraint::inherited_checks(subject));
        }
        let mut text = format!("CREATE FOREIGN TABLE {name} ({})", columns.join(", "));
        if !facts.inherits.is_empty() {
            text += &format!(" INHERITS ({})", facts.inherits.join(", "));
        }
        ddl.add(format!("{text} SERVER {}{}", quote_ident(&facts.server), foreign::clause(&facts.options)));
        ddl.statements.extend(more);
        if let (Some(parent), Some(bound)) = (&facts.partition_of, &facts.partition_bound) {
            ddl.later.push(format!("ALTER TABLE ONLY {parent} ATTACH PARTITION {name} {bound}"));
        }
        ddl
    }

    fn alter(&self, alter: Alter<'_>) -> Ddl {
        if alter.any(&["server"]) {
            return Ddl::again();
        }
        let (from, to): (ForeignTable, ForeignTable) = (alter.from.object.read(), alter.to.object.read());
        let name = alter.to.key.sql();
        let mut ddl = Ddl { impossible: foreign::lost(&from.secrets, &to.secrets), ..Ddl::default() };
        if alter.any(&["partition_of", "partition_bound"]) {
            let place = to.partition_of.as_deref().zip(to.partition_bound.as_deref());
            ddl.statements.extend(partition(&name, from.partition_of.as_deref(), place));
        }
        if alter.any(&["inherits"]) {
            ddl.statements.extend(inheritance(&format!("ALTER FOREIGN TABLE {name}"), &from.inherits, &to.inherits));
        }
        let options = foreign::changes((&from.options, &from.secrets), (&to.options, &to.secrets));
        if !options.is_empty() {
            ddl.add(format!("ALTER FOREIGN TABLE {name}{options}"));
        }
        if alter.any(&["column_order"]) {
            ddl.lossy.push("the order of its columns cannot be restored".to_owned());
        }
        ddl
    }

    fn privileges(&self) -> Option<Privileges> {
        Some(PRIVILEGES)
    }
}
