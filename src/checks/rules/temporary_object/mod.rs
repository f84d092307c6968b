//! README.md beside this file says what the rule is about.

use crate::checks::{Case, Found};
use crate::contract::Permission;

rule!("temporary-object", Gate, Error);

fn check(case: &Case, found: &mut Found) {
    if case.contract.is_some_and(|contract| contract.permits(Permission::Temporary)) {
        return;
    }
    for (classified, facts) in case.facts() {
        if facts.flags.temporary {
            found.at(
                classified,
                format!("{} is about a temporary object, which hides a real one of the same name", facts.tag),
                "use an ordinary table, or have `permit temporary` reviewed",
            );
        }
    }
}
