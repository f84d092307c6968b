//! README.md beside this file says what the rule is about.

use crate::base::LockMode;
use crate::checks::case::Details as _;
use crate::checks::{Case, Found};

rule!("drop-not-null", Hazard, Warning);

fn check(case: &Case, found: &mut Found) {
    for (classified, facts) in case.acts_of(&["ALTER TABLE"]) {
        let Some(table) = case.existing_table(classified, facts) else { continue };
        for altered in facts.alterations.iter().filter(|part| part.command == "DROP NOT NULL") {
            let name = altered.name.as_deref().unwrap_or_default();
            found
                .at(
                    classified,
                    format!("programs that read {table}.{name} were promised a value, and may find NULL"),
                    "make sure that every reader can do with NULL before",
                )
                .lock(LockMode::AccessExclusive, &table);
        }
    }
}
