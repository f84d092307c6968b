//! README.md beside this file says what the rule is about.

use crate::checks::{Case, Found};

rule!("parameter-reference", Gate, Error);

fn check(case: &Case, found: &mut Found) {
    for (classified, facts) in case.facts() {
        if facts.parameters > 0 {
            found.at(classified, "a parameter has no value in a script", "write the value itself");
        }
    }
}
