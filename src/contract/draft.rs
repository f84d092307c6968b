//! A first contract from what a dry run saw, for a person to prune. It says everything that was seen; what matters, and
//! what should hold before, only a person knows.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::base::{QualifiedName, quote_ident};
use crate::delta::{Delta, Form};
use crate::sql::{Action, Facts};

/// Writes the draft.
pub fn draft(change: &str, database: Option<&str>, role: &str, statements: &[Facts], delta: &Delta) -> String {
    let mut text = String::new();
    let mut line = |indent: usize, content: &str| {
        // Writing to a String does not fail.
        let _ = writeln!(text, "{}{content}", " ".repeat(indent));
    };
    line(0, &format!("change {change}"));
    if let Some(database) = database {
        line(0, &format!("target database {}", quote_ident(database)));
    }
    line(0, &format!("role {}", quote_ident(role)));
    line(0, "");
    line(0, "allow");
    let mut tags: BTreeMap<&str, usize> = BTreeMap::new();
    for facts in statements.iter().filter(|facts| facts.transaction.is_none()) {
        *tags.entry(&facts.tag).or_default() += 1;
    }
    for (tag, count) in tags {
        line(4, &format!("{tag} = {count}"));
    }
    let schemas: BTreeSet<String> = statements
        .iter()
        .flat_map(Facts::touched)
        .filter_map(|object| object.schema.as_deref().map(quote_ident))
        .collect();
    if !schemas.is_empty() {
        line(4, &format!("within schema {}", schemas.into_iter().collect::<Vec<_>>().join(", ")));
    }
    line(4, "transaction one");
    line(0, "");
    line(0, "before");
    let tables =
        |form: Form| delta.objects(form).filter(|key| key.kind == "table").map(relation).collect::<BTreeSet<_>>();
    for table in tables(Form::Created) {
        line(4, &format!("table {table} absent"));
    }
    let altered: BTreeSet<QualifiedName> = statements
        .iter()
        .flat_map(|facts| facts.of(Action::Alter).chain(facts.of(Action::Write)))
        .filter(|object| object.kind == "table")
        .filter_map(|object| Some(QualifiedName::new(object.schema.as_deref()?, object.name.as_str())))
        .filter(|name| !tables(Form::Created).contains(&name.to_string()))
        .collect();
    for table in &altered {
        line(4, &format!("table {table} exists"));
    }
    line(0, "");
    line(0, "after");
    for (noun, tally) in delta.counts.iter().filter(|(_, tally)| tally.by != 0) {
        let sign = if tally.by < 0 { '-' } else { '+' };
        line(4, &format!("{noun} {sign} {}", tally.by.unsigned_abs()));
    }
    for change in delta.changes.iter().filter(|change| change.change == Form::Created && change.key.kind == "table") {
        let columns = change.object.as_ref().map(|object| object.texts("column_order")).unwrap_or_default();
        if !columns.is_empty() {
            let columns: Vec<String> = columns.into_iter().map(quote_ident).collect();
            line(4, &format!("columns of {} = {}", relation(&change.key), columns.join(", ")));
        }
    }
    line(4, "nothing else changes");
    text
}

fn relation(key: &crate::catalog::Key) -> String {
    key.path.iter().map(|part| quote_ident(part)).collect::<Vec<_>>().join(".")
}
