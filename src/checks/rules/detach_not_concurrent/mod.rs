//! README.md beside this file says what the rule is about.

use crate::base::LockMode;
use crate::checks::case::Details as _;
use crate::checks::{Case, Found};

rule!("detach-not-concurrent", Hazard, Warning);

fn check(case: &Case, found: &mut Found) {
    for (classified, facts) in case.acts_of(&["ALTER TABLE"]) {
        let Some(table) = case.existing_table(classified, facts) else { continue };
        let detaches = facts.commands().any(|command| command == "DETACH PARTITION");
        if detaches && !facts.flags.concurrently {
            found
                .at(
                    classified,
                    format!("nobody can use {table}, nor any of its partitions through it, until this has committed"),
                    "detach the partition concurrently in a change of its own",
                )
                .lock(LockMode::AccessExclusive, &table);
        }
    }
}
