//! README.md beside this file says what the rule is about.

use crate::base::LockMode;
use crate::checks::case::Details as _;
use crate::checks::{Case, Found};

rule!("primary-key-using-index", Hazard, Note);

fn check(case: &Case, found: &mut Found) {
    for (classified, facts) in case.acts() {
        let Some(table) = case.existing_table(classified, facts) else { continue };
        for part in &facts.alterations {
            if part.constraints.iter().any(|constraint| constraint.kind == "primary key" && constraint.using_index) {
                found
                    .in_part(
                        classified,
                        part.offset,
                        format!("{table} is read as a whole, unless the columns of the index are NOT NULL already"),
                        "make the columns NOT NULL before",
                    )
                    .lock(LockMode::AccessExclusive, &table);
            }
        }
    }
}
