//! README.md beside this file says what the rule is about.

use crate::checks::columns;
use crate::checks::{Case, Found};

rule!("varchar-limit", Hazard, Note);

fn check(case: &Case, found: &mut Found) {
    columns::of_type(
        case,
        found,
        is,
        "another limit later takes a lock that keeps everyone out",
        "use text, with a check for the length where it matters",
    );
}

fn is(name: &str) -> bool {
    name.starts_with("varchar(")
}
