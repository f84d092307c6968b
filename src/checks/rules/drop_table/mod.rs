//! README.md beside this file says what the rule is about.

use crate::base::LockMode;
use crate::checks::case::Details as _;
use crate::checks::{Case, Found};
use crate::sql::Action;

rule!("drop-table", Hazard, Warning);

const TAGS: [&str; 5] = ["DROP TABLE", "DROP SCHEMA", "DROP MATERIALIZED VIEW", "DROP SEQUENCE", "DROP FOREIGN TABLE"];

fn check(case: &Case, found: &mut Found) {
    for (classified, facts) in case.acts_of(&TAGS) {
        for dropped in facts.of(Action::Drop).filter(|object| !case.is_fresh(classified.index, object)) {
            found
                .at(
                    classified,
                    format!("{} {dropped} is lost, with everything in it", dropped.kind),
                    "make sure that nothing uses it any more, and that the backup was tested",
                )
                .lock(LockMode::AccessExclusive, dropped);
        }
    }
}
