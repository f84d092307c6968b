//! README.md beside this file says what the rule is about.

use crate::checks::known::columns_of;
use crate::checks::{Case, Found, Known};
use crate::sql::{Action, ObjectUse};

rule!("foreign-key-without-index", Hazard, Note);

const TAGS: [&str; 3] = ["CREATE TABLE", "CREATE INDEX", "ALTER TABLE"];

fn check(case: &Case, found: &mut Found) {
    let mut known = Known::default();
    case.acts_of(&TAGS).for_each(|(_, facts)| known.learn(facts));
    for (classified, facts) in case.acts_of(&TAGS) {
        let parts = if facts.tag == "CREATE TABLE" { &facts.definitions } else { &facts.alterations };
        let action = if facts.tag == "CREATE TABLE" { Action::Create } else { Action::Alter };
        let of_table = |object: &&ObjectUse| object.kind == "table" && object.column.is_none();
        let Some(table) = facts.of(action).find(of_table).filter(|_| !facts.flags.temporary) else { continue };
        let (here, there) = (known.table(table), case.context.known.table(table));
        if ![here, there].into_iter().flatten().any(|known| known.whole) {
            continue;
        }
        for part in parts {
            for key in part.constraints.iter().filter(|constraint| constraint.kind == "foreign key") {
                let columns = columns_of(part, key);
                if [here, there].into_iter().flatten().any(|known| known.finds_by(&columns)) {
                    continue;
                }
                let (columns, of) = (columns.join(", "), key.references.as_deref().unwrap_or("the referenced table"));
                found.in_part(
                    classified,
                    part.offset,
                    format!("every DELETE in {of} reads the whole of {table}: no index begins with {columns}"),
                    format!("create an index on {table} ({columns})"),
                );
            }
        }
    }
}
