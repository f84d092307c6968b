//! README.md beside this file says what the rule is about.

use crate::checks::columns;
use crate::checks::{Case, Found};

rule!("timestamp-without-time-zone", Hazard, Note);

fn check(case: &Case, found: &mut Found) {
    columns::of_type(
        case,
        found,
        is,
        "it does not say which instant it is: nothing tells the time zone",
        "use timestamptz",
    );
}

fn is(name: &str) -> bool {
    name == "timestamp" || name.starts_with("timestamp(")
}
