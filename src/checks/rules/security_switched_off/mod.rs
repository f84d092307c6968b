//! README.md beside this file says what the rule is about.

use crate::base::LockMode;
use crate::checks::case::Details as _;
use crate::checks::{Case, Found};

rule!("security-switched-off", Hazard, Warning);

fn check(case: &Case, found: &mut Found) {
    for (classified, facts) in case.acts_of(&["ALTER TABLE"]) {
        let Some(table) = case.existing_table(classified, facts) else { continue };
        for command in facts.commands() {
            if matches!(command, "DISABLE TRIGGER" | "DISABLE ROW LEVEL SECURITY" | "NO FORCE ROW LEVEL SECURITY") {
                found
                    .at(
                        classified,
                        format!("{command} on {table} switches its protection off for everyone"),
                        "leave it on, or switch it on again in the same script",
                    )
                    .lock(LockMode::ShareRowExclusive, &table);
            }
        }
    }
}
