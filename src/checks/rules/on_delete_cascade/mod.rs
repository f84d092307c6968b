//! README.md beside this file says what the rule is about.

use crate::checks::{Case, Found};

rule!("on-delete-cascade", Hazard, Warning);

fn check(case: &Case, found: &mut Found) {
    for (classified, facts) in case.acts().filter(|(_, facts)| facts.flags.on_delete_cascade) {
        found.at(
            classified,
            format!("the foreign key of this {} passes deletions or updates on to its rows", facts.tag),
            "use NO ACTION or RESTRICT, and delete the rows knowingly",
        );
    }
}
