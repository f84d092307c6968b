//! README.md beside this file says what the rule is about.

use crate::checks::{Case, Found};

rule!("unlogged-table", Hazard, Warning);

fn check(case: &Case, found: &mut Found) {
    for (classified, facts) in case.acts() {
        if facts.flags.unlogged || facts.commands().any(|command| command == "SET UNLOGGED") {
            found.at(classified, "the rows of an unlogged table are gone after a crash", "use an ordinary table");
        }
    }
}
