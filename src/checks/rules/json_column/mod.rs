//! README.md beside this file says what the rule is about.

use crate::checks::columns;
use crate::checks::{Case, Found};

rule!("json-column", Hazard, Note);

fn check(case: &Case, found: &mut Found) {
    columns::of_type(
        case,
        found,
        is,
        "it has no equality, so that DISTINCT and GROUP BY over the table fail",
        "use jsonb, unless the exact text counts",
    );
}

fn is(name: &str) -> bool {
    name == "json"
}
