//! README.md beside this file says what the rule is about.

use crate::checks::{Case, Found};
use crate::contract::Permission;
use crate::sql::identifiers;

rule!("non-ascii-identifier", Gate, Error);

fn check(case: &Case, found: &mut Found) {
    let permitted = case.contract.is_some_and(|contract| contract.permits(Permission::NonAsciiNames));
    for classified in &case.statements {
        let text = classified.statement.text();
        let escapes = text.contains("U&\"") || text.contains("u&\"");
        if (text.is_ascii() && !escapes) || classified.facts.is_err() {
            continue;
        }
        for identifier in identifiers(text).unwrap_or_default() {
            if identifier.escaped || (!identifier.name.is_ascii() && !permitted) {
                let message = format!("the identifier {} may not be what it looks like", identifier.name);
                found.at(classified, message, "use ASCII letters, or have `permit non-ascii names` reviewed");
            }
        }
    }
}
