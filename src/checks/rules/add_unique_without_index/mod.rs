//! README.md beside this file says what the rule is about.

use crate::base::LockMode;
use crate::checks::case::Details as _;
use crate::checks::{Case, Found};

rule!("add-unique-without-index", Hazard, Warning);

fn check(case: &Case, found: &mut Found) {
    for (classified, facts) in case.acts_of(&["ALTER TABLE"]) {
        let Some(table) = case.existing_table(classified, facts) else { continue };
        let parts = facts.alterations.iter().flat_map(|part| part.constraints.iter().map(move |each| (part, each)));
        for (part, constraint) in parts {
            if matches!(constraint.kind.as_str(), "unique" | "primary key") && !constraint.using_index {
                found
                    .in_part(
                        classified,
                        part.offset,
                        format!("adding a {} builds its index while {table} is locked", constraint.kind),
                        "build the index first, then add the constraint USING INDEX",
                    )
                    .lock(LockMode::AccessExclusive, &table);
            }
        }
    }
}
