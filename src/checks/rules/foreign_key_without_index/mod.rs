//! README.md beside this file says what the rule is about.

use crate::checks::known::{columns_of, table_and_parts};
use crate::checks::{Case, Found, Known};
use crate::sql::{Alteration, ConstraintFacts};

rule!("foreign-key-without-index", Hazard, Note);

fn check(case: &Case, found: &mut Found) {
    let has_key = |part: &Alteration| part.constraints.iter().any(is_key);
    let mut known = Known::default();
    case.acts_on_tables_with(has_key).for_each(|(_, facts)| known.learn(facts));
    for (classified, facts) in case.acts_on_tables_with(has_key) {
        let Some((table, parts)) = table_and_parts(facts).filter(|_| !facts.flags.temporary) else { continue };
        let (here, there) = (known.table(table), case.context.known.table(table));
        if ![here, there].into_iter().flatten().any(|known| known.whole) {
            continue;
        }
        for part in parts {
            for key in part.constraints.iter().filter(|constraint| is_key(constraint)) {
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

fn is_key(constraint: &ConstraintFacts) -> bool {
    constraint.kind == "foreign key"
}
