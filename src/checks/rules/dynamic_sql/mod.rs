//! README.md beside this file says what the rule is about.

use crate::checks::{Case, Found};
use crate::contract::Permission;

rule!("dynamic-sql", Gate, Error);

fn check(case: &Case, found: &mut Found) {
    if case.contract.is_some_and(|contract| contract.permits(Permission::DynamicSql)) {
        return;
    }
    for (classified, facts) in case.facts() {
        for dynamic in &facts.dynamic {
            found.at(
                classified,
                format!("{}: {}", dynamic.what, dynamic.because),
                "write the statements themselves, or have `permit dynamic sql` reviewed",
            );
        }
    }
}
