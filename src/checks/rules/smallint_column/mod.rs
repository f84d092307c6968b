//! README.md beside this file says what the rule is about.

use crate::checks::columns;
use crate::checks::{Case, Found};

rule!("smallint-column", Hazard, Note);

fn check(case: &Case, found: &mut Found) {
    columns::of_type(
        case,
        found,
        is,
        "it ends at 32767, and a larger type later rewrites the table",
        "use bigint, or integer where the range is sure",
    );
}

fn is(name: &str) -> bool {
    matches!(name, "int2" | "smallserial" | "serial2")
}
