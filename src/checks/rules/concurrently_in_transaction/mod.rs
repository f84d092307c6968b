//! README.md beside this file says what the rule is about.

use crate::checks::{Case, Found};

rule!("concurrently-in-transaction", Hazard, Error);

fn check(case: &Case, found: &mut Found) {
    if case.contract.is_some() {
        return;
    }
    for (classified, facts) in case.facts() {
        if !facts.in_transaction && case.block(classified.index).is_some() {
            found.at(
                classified,
                format!("this form of {} is refused inside a transaction", facts.tag),
                "run it by itself, before BEGIN or after COMMIT",
            );
        }
    }
}
