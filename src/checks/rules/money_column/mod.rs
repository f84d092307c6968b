//! README.md beside this file says what the rule is about.

use crate::checks::columns;
use crate::checks::{Case, Found};

rule!("money-column", Hazard, Note);

fn check(case: &Case, found: &mut Found) {
    columns::of_type(
        case,
        found,
        is,
        "its digits depend on lc_monetary of the session",
        "use numeric, with a column for the currency",
    );
}

fn is(name: &str) -> bool {
    name == "money"
}
