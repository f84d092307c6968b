//! README.md beside this file says what the rule is about.

use crate::base::LockMode;
use crate::checks::case::Details as _;
use crate::checks::{Case, Found};
use crate::sql::Action;

rule!("reindex-not-concurrent", Hazard, Warning);

fn check(case: &Case, found: &mut Found) {
    for (classified, facts) in case.acts_of(&["REINDEX"]) {
        if facts.flags.concurrently {
            continue;
        }
        for object in facts.of(Action::Alter).filter(|object| !case.is_fresh(classified.index, object)) {
            let of = if object.name.is_empty() { "this database".to_owned() } else { object.to_string() };
            found
                .at(
                    classified,
                    format!("nobody can write to the tables of {of} while their indexes are built again"),
                    "write REINDEX (CONCURRENTLY), outside a transaction",
                )
                .lock(LockMode::Share, &of);
        }
    }
}
