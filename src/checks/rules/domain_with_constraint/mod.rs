//! README.md beside this file says what the rule is about.

use crate::checks::{Case, Found};
use crate::sql::Action;

rule!("domain-with-constraint", Hazard, Note);

fn check(case: &Case, found: &mut Found) {
    for (classified, facts) in case.acts_of(&["CREATE DOMAIN"]) {
        if let (Some(domain), Some(part)) = (facts.of(Action::Create).next(), facts.definitions.first()) {
            found.in_part(
                classified,
                part.offset,
                format!("to change what {domain} demands, every table that uses it is locked and read"),
                "put the check on the columns",
            );
        }
    }
}
