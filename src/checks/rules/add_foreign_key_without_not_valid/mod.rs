//! README.md beside this file says what the rule is about.

use crate::base::LockMode;
use crate::checks::case::Details as _;
use crate::checks::{Case, Found};

rule!("add-foreign-key-without-not-valid", Hazard, Warning);

fn check(case: &Case, found: &mut Found) {
    for (classified, facts) in case.acts_of(&["ALTER TABLE"]) {
        let Some(table) = case.existing_table(classified, facts) else { continue };
        let parts = facts.alterations.iter().flat_map(|part| part.constraints.iter().map(move |each| (part, each)));
        for (part, constraint) in parts {
            if constraint.kind == "foreign key" && !constraint.not_valid {
                found
                    .in_part(
                        classified,
                        part.offset,
                        format!("adding a foreign key checks every row of {table} at once"),
                        "add it NOT VALID, and validate it in a change of its own",
                    )
                    .lock(LockMode::ShareRowExclusive, &table);
            }
        }
    }
}
