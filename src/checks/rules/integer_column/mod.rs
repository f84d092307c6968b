//! README.md beside this file says what the rule is about.

use crate::checks::columns;
use crate::checks::{Case, Found};

rule!("integer-column", Hazard, Note);

fn check(case: &Case, found: &mut Found) {
    columns::of_type(
        case,
        found,
        is,
        "it ends at 2147483647, and a larger type later rewrites the table",
        "use bigint, above all for keys",
    );
}

fn is(name: &str) -> bool {
    matches!(name, "int4" | "serial" | "serial4")
}
