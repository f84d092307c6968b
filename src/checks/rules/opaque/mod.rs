//! README.md beside this file says what the rule is about.

use crate::checks::{Case, Found};
use crate::contract::Permission;

rule!("opaque", Gate, Error);

fn check(case: &Case, found: &mut Found) {
    if case.contract.is_some_and(|contract| contract.permits(Permission::Opaque)) {
        return;
    }
    for (classified, facts) in case.facts() {
        for opaque in &facts.opaque {
            found.at(
                classified,
                format!("{}: {}", opaque.what, opaque.because),
                "use what pg_catalog offers, or have `permit opaque` reviewed",
            );
        }
    }
}
