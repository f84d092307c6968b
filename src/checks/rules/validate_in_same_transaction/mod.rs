//! README.md beside this file says what the rule is about.

use crate::base::LockMode;
use crate::checks::case::Details as _;
use crate::checks::{Case, Found};

rule!("validate-in-same-transaction", Hazard, Warning);

fn check(case: &Case, found: &mut Found) {
    let mut added = Vec::new();
    for (classified, facts) in case.facts() {
        let Some(table) = case.existing_table(classified, facts) else { continue };
        for alteration in &facts.alterations {
            let name = alteration.name.clone();
            if alteration.constraints.iter().any(|constraint| constraint.not_valid) {
                added.push((table.clone(), name));
            } else if alteration.command == "VALIDATE CONSTRAINT" && added.contains(&(table.clone(), name)) {
                let name = alteration.name.clone().unwrap_or_default();
                found
                    .at(
                        classified,
                        format!("{name} is validated while the lock on {table} that added it is still held"),
                        "validate it in a change of its own",
                    )
                    .lock(LockMode::ShareRowExclusive, &table);
            }
        }
    }
}
