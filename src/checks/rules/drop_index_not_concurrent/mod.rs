//! README.md beside this file says what the rule is about.

use crate::base::LockMode;
use crate::checks::case::Details as _;
use crate::checks::{Case, Found};
use crate::sql::Action;

rule!("drop-index-not-concurrent", Hazard, Warning);

fn check(case: &Case, found: &mut Found) {
    for (classified, facts) in case.acts_of(&["DROP INDEX"]) {
        if facts.flags.concurrently {
            continue;
        }
        for index in facts.of(Action::Drop).filter(|index| !case.is_fresh(classified.index, index)) {
            found
                .at(
                    classified,
                    format!(
                        "nobody can read or write the table of {index} until it is dropped and the change has ended"
                    ),
                    "drop it concurrently in a change of its own",
                )
                .lock(LockMode::AccessExclusive, format!("the table of {index}"));
        }
    }
}
