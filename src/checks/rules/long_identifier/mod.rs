//! README.md beside this file says what the rule is about.

use crate::checks::{Case, Found};
use crate::sql::identifiers;

rule!("long-identifier", Gate, Error);

fn check(case: &Case, found: &mut Found) {
    for classified in &case.statements {
        if classified.statement.text.len() <= LIMIT || classified.facts.is_err() {
            continue;
        }
        for identifier in identifiers(&classified.statement.text).unwrap_or_default() {
            if identifier.name.len() > LIMIT {
                let message =
                    format!("{} is {} bytes long, and the server keeps 63", identifier.name, identifier.name.len());
                found.at(classified, message, "choose a name of at most 63 bytes");
            }
        }
    }
}

const LIMIT: usize = 63;
