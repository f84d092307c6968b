//! README.md beside this file says what the rule is about.

use crate::base::LockMode;
use crate::checks::case::Details as _;
use crate::checks::{Case, Found};

rule!("drop-column", Hazard, Warning);

fn check(case: &Case, found: &mut Found) {
    for (classified, facts) in case.acts_of(&["ALTER TABLE"]) {
        let Some(table) = case.existing_table(classified, facts) else { continue };
        for dropped in facts.alterations.iter().filter(|alteration| alteration.command == "DROP COLUMN") {
            let name = dropped.name.clone().unwrap_or_default();
            found
                .at(
                    classified,
                    format!("the values of {table}.{name} are lost, with every index and check that uses them"),
                    "make sure that nothing reads it any more, and that the backup was tested",
                )
                .lock(LockMode::AccessExclusive, &table);
        }
    }
}
