//! README.md beside this file says what the rule is about.

use crate::checks::{Case, Found};

rule!("if-not-exists", Hazard, Note);

fn check(case: &Case, found: &mut Found) {
    // Where there is no contract nothing else says what existed before.
    if case.contract.is_none() {
        return;
    }
    for (classified, facts) in case.acts() {
        if facts.flags.if_exists || facts.flags.if_not_exists {
            found.at(
                classified,
                format!("this {} does nothing where the database is not what was expected", facts.tag),
                "leave the clause out, and say in the contract what exists before",
            );
        }
    }
}
