//! README.md beside this file says what the rule is about.

use crate::checks::{Case, Found};

rule!("repeated-column", Hazard, Error);

fn check(case: &Case, found: &mut Found) {
    for (classified, facts) in case.acts() {
        if let Some(name) = &facts.repeated {
            found.at(
                classified,
                format!("{name} is named twice: the server refuses this {}", facts.tag),
                "name it once",
            );
        }
    }
}
