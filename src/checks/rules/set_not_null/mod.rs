//! README.md beside this file says what the rule is about.

use crate::base::LockMode;
use crate::checks::case::Details as _;
use crate::checks::{Case, Found};

rule!("set-not-null", Hazard, Warning);

fn check(case: &Case, found: &mut Found) {
    for (classified, facts) in case.facts() {
        let Some(table) = case.existing_table(classified, facts) else { continue };
        for altered in facts.alterations.iter().filter(|alteration| alteration.command == "SET NOT NULL") {
            let name = altered.name.clone().unwrap_or_default();
            found
                .at(
                    classified,
                    format!("SET NOT NULL on {table}.{name} reads the whole of {table}, and fails on the first NULL"),
                    "add CHECK (... IS NOT NULL) NOT VALID first and validate it in a change of its own",
                )
                .lock(LockMode::AccessExclusive, &table);
        }
    }
}
