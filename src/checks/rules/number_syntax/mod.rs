//! README.md beside this file says what the rule is about.

use crate::checks::{Case, Found};
use crate::sql::numbers;

rule!("number-syntax", Gate, Error);

/// The first major that reads them as numbers.
const SINCE: u32 = 16;

fn check(case: &Case, found: &mut Found) {
    if !case.context.may_be_before(SINCE) {
        return;
    }
    for classified in &case.statements {
        let text = classified.statement.text();
        if !may_hold_one(text) || classified.facts.is_err() {
            continue;
        }
        for number in numbers(text).unwrap_or_default().iter().map(|span| span.of(text)) {
            if number.contains(['x', 'X', 'o', 'O', 'b', 'B', '_']) {
                let message = format!("{number} is another number, or none, before PostgreSQL {SINCE}");
                found.at(classified, message, "write it in decimal digits");
            }
        }
    }
}

/// Whether a digit stands before a letter that makes the difference, without asking what it is.
fn may_hold_one(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes
        .windows(2)
        .any(|pair| pair[0].is_ascii_digit() && matches!(pair[1], b'x' | b'X' | b'o' | b'O' | b'b' | b'B' | b'_'))
}
