//! README.md beside this file says what the rule is about.

use crate::base::LockMode;
use crate::checks::case::Details as _;
use crate::checks::{Case, Found};

rule!("column-type-rewrite", Hazard, Warning);

fn check(case: &Case, found: &mut Found) {
    for (classified, facts) in case.acts_of(&["ALTER TABLE"]) {
        let Some(table) = case.existing_table(classified, facts) else { continue };
        for altered in facts.alterations.iter().filter(|alteration| alteration.command == "ALTER COLUMN TYPE") {
            let name = altered.name.clone().unwrap_or_default();
            let to = altered.type_name.clone().unwrap_or_default();
            found
                .in_part(
                    classified,
                    altered.offset,
                    format!("changing {table}.{name} to {to} may rewrite the whole of {table} and its indexes"),
                    "add a column of the new type, fill it, switch over, drop the old one",
                )
                .lock(LockMode::AccessExclusive, &table);
        }
    }
}
