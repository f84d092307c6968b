//! README.md beside this file says what the rule is about.

use crate::checks::{Case, Found};
use crate::contract::Permission;

rule!("cascade", Gate, Error);

fn check(case: &Case, found: &mut Found) {
    let permitted = case.contract.is_some_and(|contract| contract.permits(Permission::Cascade));
    for (classified, facts) in case.facts() {
        if (facts.flags.cascade && !permitted) || facts.tag == "DROP OWNED" {
            found.at(
                classified,
                format!("{} drops objects that the script does not name", facts.tag),
                "drop every object by name, dependants first",
            );
        }
    }
}
