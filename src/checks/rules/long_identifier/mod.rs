//! README.md beside this file says what the rule is about.

use crate::base::Severity;
use crate::checks::case::Details as _;
use crate::checks::{Case, Found};
use crate::sql::identifiers;

rule!("long-identifier", Gate, Error, true);

fn check(case: &Case, found: &mut Found) {
    for classified in &case.statements {
        if classified.facts.is_err() || !may_hold_one(classified.statement.text()) {
            continue;
        }
        for identifier in identifiers(classified.statement.text()).unwrap_or_default() {
            if identifier.name.len() > LIMIT {
                let message =
                    format!("{} is {} bytes long, and the server keeps 63", identifier.name, identifier.name.len());
                let finding = found.at(classified, message, "choose a name of at most 63 bytes");
                // Without a contract nobody reviewed the name.
                if case.contract.is_none() {
                    finding.severity(Severity::Warning);
                }
            }
        }
    }
}

/// A quick look before the lexer's: a quote, or enough bytes of a bare name in a row.
fn may_hold_one(text: &str) -> bool {
    let of_name = |byte: u8| byte.is_ascii_alphanumeric() || byte >= 0x80 || matches!(byte, b'_' | b'$');
    text.len() > LIMIT
        && (text.contains('"') || text.as_bytes().split(|byte| !of_name(*byte)).any(|run| run.len() > LIMIT))
}

const LIMIT: usize = 63;
