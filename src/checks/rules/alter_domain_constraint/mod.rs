//! README.md beside this file says what the rule is about.

use crate::base::LockMode;
use crate::checks::case::Details as _;
use crate::checks::{Case, Found};
use crate::sql::Action;

rule!("alter-domain-constraint", Hazard, Warning);

fn check(case: &Case, found: &mut Found) {
    for (classified, facts) in case.acts_of(&["ALTER DOMAIN"]) {
        let Some(domain) = facts.of(Action::Alter).next() else { continue };
        let checks = facts.alterations.iter().any(|part| {
            part.command == "ADD CONSTRAINT" && !part.constraints.iter().any(|constraint| constraint.not_valid)
        });
        if checks && !case.is_fresh(classified.index, domain) {
            found
                .at(
                    classified,
                    format!("every table with a column of type {domain} is read while nobody can write to it"),
                    "add the constraint NOT VALID, and validate it in a change of its own",
                )
                .lock(LockMode::Share, format!("every table that uses {domain}"));
        }
    }
}
