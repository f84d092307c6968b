//! README.md beside this file says what the rule is about.

use std::collections::BTreeMap;

use crate::base::LockMode;
use crate::checks::case::Details as _;
use crate::checks::{Case, Found};

rule!("validate-in-same-transaction", Hazard, Warning);

fn check(case: &Case, found: &mut Found) {
    // The transaction that added a constraint, by table and name.
    let mut added = BTreeMap::new();
    for (classified, facts) in case.acts_of(&["ALTER TABLE"]) {
        // Outside a transaction the statement is one by itself.
        let block = case.block(classified.index).ok_or(classified.index);
        let Some(table) = case.existing_table(classified, facts) else { continue };
        for part in &facts.alterations {
            let name = part.name.clone().unwrap_or_default();
            if part.constraints.iter().any(|constraint| constraint.not_valid) {
                added.insert((table.clone(), name), block);
            } else if part.command == "VALIDATE CONSTRAINT" && added.get(&(table.clone(), name)) == Some(&block) {
                let name = part.name.clone().unwrap_or_default();
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
