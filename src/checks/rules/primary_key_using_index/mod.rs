//! README.md beside this file says what the rule is about.

use crate::base::LockMode;
use crate::checks::case::Details as _;
use compact_str::CompactString;

use crate::checks::{Case, Found, Known};
use crate::sql::Alteration;

rule!("primary-key-using-index", Hazard, Note);

fn check(case: &Case, found: &mut Found) {
    let mut known = Known::default();
    for (classified, facts) in case.acts_on_tables_with(takes_index) {
        known.learn(facts);
        let Some(table) = case.existing(classified, facts) else { continue };
        let proven = |index: &str| {
            let tables = [known.table(table), case.context.known.table(table)];
            let columns = tables.iter().flatten().find_map(|table| table.columns_of_index(index));
            let never_null = |column: &CompactString| tables.iter().flatten().any(|table| table.is_never_null(column));
            columns.is_some_and(|columns| columns.iter().all(never_null))
        };
        for part in &facts.alterations {
            let by_index = part.constraints.iter().find(|constraint| constraint.kind == "primary key");
            if by_index.and_then(|constraint| constraint.index.as_deref()).is_some_and(|index| !proven(index)) {
                found
                    .in_part(
                        classified,
                        part.offset,
                        format!("{table} is read as a whole, unless the columns of the index are NOT NULL already"),
                        "make the columns NOT NULL before",
                    )
                    .lock(LockMode::AccessExclusive, table);
            }
        }
    }
}

fn takes_index(part: &Alteration) -> bool {
    part.constraints.iter().any(|constraint| constraint.using_index)
}
