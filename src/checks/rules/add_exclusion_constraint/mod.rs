//! README.md beside this file says what the rule is about.

use crate::base::LockMode;
use crate::checks::case::Details as _;
use crate::checks::{Case, Found};

rule!("add-exclusion-constraint", Hazard, Warning);

fn check(case: &Case, found: &mut Found) {
    for (classified, facts) in case.acts_of(&["ALTER TABLE"]) {
        let Some(table) = case.existing_table(classified, facts) else { continue };
        for part in &facts.alterations {
            if part.constraints.iter().any(|constraint| constraint.kind == "exclusion") {
                found
                    .in_part(
                        classified,
                        part.offset,
                        format!("nobody can read or write {table} while the index of the exclusion is built"),
                        "do it while nobody needs the table, or build a new table with the constraint",
                    )
                    .lock(LockMode::AccessExclusive, &table);
            }
        }
    }
}
