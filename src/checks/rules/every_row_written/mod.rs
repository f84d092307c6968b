//! README.md beside this file says what the rule is about.

use crate::base::LockMode;
use crate::checks::case::Details as _;
use crate::checks::{Case, Found};
use crate::sql::Action;

rule!("every-row-written", Hazard, Warning);

fn check(case: &Case, found: &mut Found) {
    for (classified, facts) in case.acts_of(&["UPDATE", "DELETE"]).filter(|(_, facts)| facts.every_row) {
        for written in facts.of(Action::Write).filter(|object| !case.is_fresh(classified.index, object)) {
            found
                .at(
                    classified,
                    format!("{} without WHERE is about every row of {written}", facts.tag),
                    "add a WHERE clause, or say in the contract how many rows change",
                )
                .lock(LockMode::RowExclusive, written);
        }
    }
}
