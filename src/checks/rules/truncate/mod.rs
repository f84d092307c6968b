//! README.md beside this file says what the rule is about.

use crate::base::LockMode;
use crate::checks::case::Details as _;
use crate::checks::{Case, Found};
use crate::sql::Action;

rule!("truncate", Hazard, Warning);

fn check(case: &Case, found: &mut Found) {
    for (classified, facts) in case.acts_of(&["TRUNCATE TABLE"]) {
        for table in facts.of(Action::Write).filter(|object| !case.is_fresh(classified.index, object)) {
            found
                .at(
                    classified,
                    format!("every row of {table} is lost"),
                    "make sure that nobody needs them, and that the backup was tested",
                )
                .lock(LockMode::AccessExclusive, table);
        }
    }
}
