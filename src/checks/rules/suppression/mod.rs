//! README.md beside this file says what the rule is about.

use crate::checks::Family;
use crate::checks::{Case, Found};

rule!("suppression", Gate, Error, true);

fn check(case: &Case, found: &mut Found) {
    for classified in &case.statements {
        for suppression in &classified.suppressions {
            let rule = crate::checks::rules().iter().find(|rule| rule.slug == suppression.slug);
            let fault = match (&suppression.fault, rule) {
                (Some(fault), _) => fault.clone(),
                (None, None) => format!("there is no rule {}", suppression.slug),
                (None, Some(rule)) if rule.family == Family::Gate => {
                    format!("{} is a gate: only the contract can allow it", rule.slug)
                }
                (None, Some(_)) => continue,
            };
            found.at(
                classified,
                format!("the comment above the statement suppresses nothing: {fault}"),
                "write `-- pgwarrant: allow RULE because REASON` with the name of a hazard rule",
            );
        }
    }
}
