//! README.md beside this file says what the rule is about.

use crate::base::Coded as _;
use crate::checks::{Case, Found};
use crate::sql::SqlError;

rule!("unparsable", Gate, Error, true);

fn check(case: &Case, found: &mut Found) {
    for classified in &case.statements {
        let Err(error) = &classified.facts else { continue };
        if *error == SqlError::StringSyntax {
            continue;
        }
        let hint = error.hint().unwrap_or_default();
        let finding = found.at(classified, error.to_string(), hint);
        finding.facts.insert("code".to_owned(), error.code().into());
    }
}
