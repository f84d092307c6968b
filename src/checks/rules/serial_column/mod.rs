//! README.md beside this file says what the rule is about.

use crate::checks::columns;
use crate::checks::{Case, Found};

rule!("serial-column", Hazard, Note);

fn check(case: &Case, found: &mut Found) {
    columns::of_type(
        case,
        found,
        is,
        "its sequence has an owner and privileges of its own",
        "use GENERATED ALWAYS AS IDENTITY",
    );
}

fn is(name: &str) -> bool {
    matches!(name, "serial" | "serial2" | "serial4" | "serial8" | "bigserial" | "smallserial")
}
