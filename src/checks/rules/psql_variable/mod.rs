//! README.md beside this file says what the rule is about.

use crate::checks::{Case, Found};

rule!("psql-variable", Gate, Error, true);

fn check(case: &Case, found: &mut Found) {
    for variable in &case.script.variables {
        let written = variable.span.of(&case.script.text);
        // psql's own variables have names; `a[1:2]` is a slice.
        if written[1..].starts_with(|character: char| character.is_ascii_digit()) {
            continue;
        }
        found.at_place(
            variable.span,
            variable.place,
            format!("psql would replace {written} by the value of a variable"),
            "write the value itself; in an array slice put a space after the colon",
        );
    }
}
