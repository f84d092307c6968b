//! README.md beside this file says what the rule is about.

use crate::base::LockMode;
use crate::checks::case::Details as _;
use crate::checks::{Case, Found};
use crate::sql::Action;

rule!("index-not-concurrent", Hazard, Warning);

fn check(case: &Case, found: &mut Found) {
    for (classified, facts) in case.acts_of(&["CREATE INDEX"]) {
        if facts.flags.concurrently {
            continue;
        }
        for table in facts.of(Action::Alter).filter(|object| !case.is_fresh(classified.index, object)) {
            found
                .at(
                    classified,
                    format!("nobody can write to {table} until the index is built and the change has ended"),
                    "if the table is large, build the index concurrently in a change of its own",
                )
                .lock(LockMode::Share, table);
        }
    }
}
