//! README.md beside this file says what the rule is about.

use crate::checks::{Case, Found};

rule!("enum-value-in-transaction", Hazard, Warning);

fn check(case: &Case, found: &mut Found) {
    for (classified, facts) in case.acts_of(&["ALTER TYPE"]) {
        if case.block(classified.index).is_some() && facts.commands().any(|command| command == "ADD VALUE") {
            found.at(
                classified,
                "a new enum value cannot be used in the transaction that adds it, and cannot be removed again",
                "add it in a change of its own, and use it in a later one",
            );
        }
    }
}
