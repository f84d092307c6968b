//! Statements for views.

use super::{View, Views};
use crate::catalog::ddl::{Alter, Ddl, Privileges, Statements, Subject, name_list, option_statements, with_options};
use crate::catalog::kinds::table::ddl::PRIVILEGES;

impl Statements for Views {
    fn word(&self) -> &'static str {
        "VIEW"
    }

    fn create(&self, subject: Subject<'_>) -> Ddl {
        let mut ddl = Ddl::run(definition("CREATE VIEW", subject));
        ddl.statements.extend(defaults(subject));
        ddl
    }

    fn alter(&self, alter: Alter<'_>) -> Ddl {
        let (from, to): (View, View) = (alter.from.object.read(), alter.to.object.read());
        if alter.any(&["definition", "column_order"]) {
            // CREATE OR REPLACE may only add columns at the end.
            return if extends(alter.from, &from, alter.to, &to) {
                Ddl::run(definition("CREATE OR REPLACE VIEW", alter.to))
            } else {
                Ddl::again()
            };
        }
        let mut ddl = Ddl::default();
        if alter.any(&["options"]) {
            let this = format!("ALTER VIEW {}", alter.to.key.sql());
            ddl.statements.extend(option_statements(&this, &from.options, &to.options));
        }
        ddl
    }

    fn privileges(&self) -> Option<Privileges> {
        Some(PRIVILEGES)
    }
}

/// Whether the columns of the first view lead the columns of the second.
fn extends(from: Subject<'_>, a: &View, to: Subject<'_>, b: &View) -> bool {
    let described = |subject: Subject<'_>, name: &String| {
        let object = subject.snapshot.objects.get(&subject.key.child("column", name));
        object.map(|object| (object.facts.get("type").cloned(), object.facts.get("collation").cloned()))
    };
    a.column_order.len() <= b.column_order.len()
        && a.column_order.iter().zip(&b.column_order).all(|(x, y)| x == y && described(from, x) == described(to, y))
}

/// A view's columns may have defaults of their own.
fn defaults(subject: Subject<'_>) -> Vec<String> {
    subject
        .snapshot
        .children(subject.key)
        .filter(|(key, _)| key.kind == "column")
        .filter_map(|(key, object)| Some((key, object.text("default")?)))
        .map(|(key, default)| {
            let column = crate::base::quote_ident(key.name());
            format!("ALTER VIEW {} ALTER COLUMN {column} SET DEFAULT {default}", subject.key.sql())
        })
        .collect()
}

fn definition(verb: &str, subject: Subject<'_>) -> String {
    let view: View = subject.object.read();
    let columns =
        if view.column_order.is_empty() { String::new() } else { format!(" ({})", name_list(&view.column_order)) };
    format!("{verb} {}{columns}{} AS\n{}", subject.key.sql(), with_options(&view.options), view.definition)
}
