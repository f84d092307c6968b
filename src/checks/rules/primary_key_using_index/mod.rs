//! README.md beside this file says what the rule is about.

use compact_str::CompactString;

use crate::base::LockMode;
use crate::checks::case::Details as _;
use crate::checks::known::Table;
use crate::checks::{Case, Classified, Found};
use crate::sql::{Alteration, Facts};

rule!("primary-key-using-index", Hazard, Note);

fn check(case: &Case, found: &mut Found) {
    for acts in case.tables_with(takes_index) {
        let mut here = Table::default();
        for (classified, facts) in acts {
            here.learn(facts);
            keys(case, found, classified, facts, &here);
        }
    }
}

fn keys(case: &Case, found: &mut Found, classified: &Classified, facts: &Facts, here: &Table) {
    let Some(table) = case.existing(classified, facts) else { return };
    let proven = |index: &str| {
        let tables = [Some(here), case.context.known.table(table)];
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

fn takes_index(part: &Alteration) -> bool {
    part.constraints.iter().any(|constraint| constraint.using_index)
}
