//! README.md beside this file says what the rule is about.

use crate::checks::{Case, Found};

rule!("enum-value-order", Hazard, Note);

fn check(case: &Case, found: &mut Found) {
    for (classified, facts) in case.acts_of(&["ALTER TYPE"]) {
        for part in facts.alterations.iter().filter(|part| part.command == "ADD VALUE" && part.beside.is_none()) {
            let value = part.name.as_deref().unwrap_or_default();
            found.at(
                classified,
                format!("{value} sorts behind all other values for ever"),
                "say BEFORE or AFTER which value it belongs",
            );
        }
    }
}
