//! README.md beside this file says what the rule is about.

use crate::base::Severity;
use crate::checks::case::Details as _;
use crate::checks::{Case, Found};
use crate::sql::SqlError;

rule!("string-syntax", Gate, Error, true);

fn check(case: &Case, found: &mut Found) {
    for classified in &case.statements {
        let instruction = "write E'...' with doubled backslashes, or dollar quotes";
        match &classified.facts {
            Err(SqlError::StringSyntax) => {
                found.at(classified, SqlError::StringSyntax.to_string(), instruction);
            }
            Ok(facts) if facts.backslash_strings => {
                let message = "a string holds a backslash, which standard_conforming_strings = off reads differently";
                found.at(classified, message, instruction).severity(Severity::Note);
            }
            _ => {}
        }
    }
}
