//! README.md beside this file says what the rule is about.

use crate::checks::known::{Table, columns_of, table_and_parts};
use crate::checks::{Case, Classified, Found};
use crate::sql::{Alteration, ConstraintFacts, Facts};

rule!("foreign-key-without-index", Hazard, Note);

fn check(case: &Case, found: &mut Found) {
    for acts in case.tables_with(|part: &Alteration| part.constraints.iter().any(is_key)) {
        let mut here = Table::default();
        for (_, facts) in &acts {
            here.learn(facts);
        }
        for (classified, facts) in acts {
            keys(case, found, classified, facts, &here);
        }
    }
}

fn keys(case: &Case, found: &mut Found, classified: &Classified, facts: &Facts, here: &Table) {
    let Some((table, parts)) = table_and_parts(facts).filter(|_| !facts.flags.temporary) else { return };
    let known = || [Some(here), case.context.known.table(table)].into_iter().flatten();
    if !known().any(|known| known.whole) {
        return;
    }
    for part in parts {
        for key in part.constraints.iter().filter(|constraint| is_key(constraint)) {
            let columns = columns_of(part, key);
            if known().any(|known| known.finds_by(&columns)) {
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

fn is_key(constraint: &ConstraintFacts) -> bool {
    constraint.kind == "foreign key"
}
