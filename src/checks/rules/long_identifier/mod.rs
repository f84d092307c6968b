//! README.md beside this file says what the rule is about.

use crate::checks::{Case, Found};
use crate::sql::identifiers;

rule!("long-identifier", Gate, Error);

fn check(case: &Case, found: &mut Found) {
    for classified in &case.statements {
        if !may_hold_one(&classified.statement.text) || classified.facts.is_err() {
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

/// Whether anything in the text is long enough, without asking what it is: the lexer takes its time.
fn may_hold_one(text: &str) -> bool {
    let is_long = |part: &[u8]| part.len() > LIMIT;
    let in_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || *byte >= 0x80;
    text.len() > LIMIT
        && (text.as_bytes().split(|byte| !in_word(byte)).any(is_long)
            || (text.contains('"') && text.as_bytes().split(|byte| *byte == b'"').any(is_long)))
}
