//! README.md beside this file says what the rule is about.

use crate::base::LockMode;
use crate::checks::case::Details as _;
use crate::checks::{Case, Found};
use crate::sql::Action;

rule!("refresh-not-concurrent", Hazard, Warning);

fn check(case: &Case, found: &mut Found) {
    for (classified, facts) in case.acts_of(&["REFRESH MATERIALIZED VIEW"]) {
        if facts.flags.concurrently {
            continue;
        }
        for view in facts.of(Action::Write).filter(|view| !case.is_fresh(classified.index, view)) {
            found
                .at(
                    classified,
                    format!("nobody can read {view} while its query runs"),
                    "refresh it concurrently, over a unique index",
                )
                .lock(LockMode::AccessExclusive, view);
        }
    }
}
