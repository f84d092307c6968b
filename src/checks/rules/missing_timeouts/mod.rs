//! README.md beside this file says what the rule is about.

use crate::checks::{Case, Found};

rule!("missing-timeouts", Hazard, Note);

fn check(case: &Case, found: &mut Found) {
    let limited = case.facts().any(|(_, facts)| facts.sets.iter().any(|set| set.name == "lock_timeout"));
    if limited {
        return;
    }
    for (classified, facts) in case.facts() {
        if let Some(table) = case.existing_table(classified, facts) {
            found.at(
                classified,
                format!("nothing limits how long the change waits for {table}, and how long others wait behind it"),
                "begin with SET LOCAL lock_timeout = '5s'",
            );
            return;
        }
    }
}
