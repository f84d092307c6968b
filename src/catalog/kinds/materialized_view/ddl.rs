//! Statements for materialized views.

use super::MaterializedViews;
use crate::base::quote_ident;
use crate::catalog::ddl::{
    Alter, Ddl, Privileges, Statements, Subject, clause, name_list, option_statements, with_options,
};
use crate::catalog::kinds::column::ddl::settings;
use crate::catalog::kinds::table::ddl::PRIVILEGES;
use crate::catalog::kinds::view::View;

impl Statements for MaterializedViews {
    fn word(&self) -> &'static str {
        "MATERIALIZED VIEW"
    }

    fn calls_functions(&self) -> bool {
        true
    }

    fn create(&self, subject: Subject<'_>) -> Ddl {
        let view: View = subject.object.read();
        let data =
            if subject.snapshot.volatile.unpopulated.contains(subject.key) { "WITH NO DATA" } else { "WITH DATA" };
        let mut ddl = Ddl::run(format!(
            "CREATE MATERIALIZED VIEW {} ({}){}{}{} AS\n{}\n{data}",
            subject.key.sql(),
            name_list(&view.column_order),
            clause("USING", view.access_method.as_ref()),
            with_options(&view.options),
            clause("TABLESPACE", view.tablespace.as_ref()),
            view.definition
        ));
        for (key, object) in subject.snapshot.children(subject.key).filter(|(key, _)| key.kind == "column") {
            ddl.statements.extend(settings(Subject { key, object, snapshot: subject.snapshot }));
        }
        ddl
    }

    fn alter(&self, alter: Alter<'_>) -> Ddl {
        if !alter.only(&["options", "tablespace"]) {
            return Ddl::again();
        }
        let (from, to): (View, View) = (alter.from.object.read(), alter.to.object.read());
        let this = format!("ALTER MATERIALIZED VIEW {}", alter.to.key.sql());
        let mut ddl = Ddl::default();
        if alter.any(&["options"]) {
            ddl.statements.extend(option_statements(&this, &from.options, &to.options));
        }
        if alter.any(&["tablespace"]) {
            ddl.add(format!("{this} SET TABLESPACE {}", quote_ident(to.tablespace.as_deref().unwrap_or("pg_default"))));
        }
        ddl
    }

    fn privileges(&self) -> Option<Privileges> {
        Some(PRIVILEGES)
    }
}
