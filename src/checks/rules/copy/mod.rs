//! README.md beside this file says what the rule is about.

use crate::checks::{Case, Found};

rule!("copy", Gate, Error);

fn check(case: &Case, found: &mut Found) {
    for (classified, facts) in case.facts() {
        if facts.tag == "COPY" {
            found.at(
                classified,
                "COPY moves data that the statement does not hold",
                "write the rows as INSERT, or load them outside the change",
            );
        }
    }
}
