//! README.md beside this file says what the rule is about.

use crate::checks::{Case, Found};
use crate::sql::Action;

rule!("enum-type", Hazard, Note);

fn check(case: &Case, found: &mut Found) {
    for (classified, facts) in case.acts_of(&["CREATE TYPE"]) {
        let is_enum = facts.definitions.iter().any(|part| part.command == "ADD VALUE");
        if let Some(created) = facts.of(Action::Create).next().filter(|_| is_enum) {
            found.at(
                classified,
                format!("the values of {created} can never be removed"),
                "use a table of values with a foreign key, where they may change",
            );
        }
    }
}
