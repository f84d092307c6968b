//! README.md beside this file says what the rule is about.

use crate::checks::columns;
use crate::checks::{Case, Found};

rule!("char-column", Hazard, Note);

fn check(case: &Case, found: &mut Found) {
    columns::of_type(
        case,
        found,
        is,
        "blanks are added to its values, and nothing is faster for it",
        "use text, with a check where the length matters",
    );
}

fn is(name: &str) -> bool {
    name == "char" || name.starts_with("bpchar")
}
