//! README.md beside this file says what the rule is about.

use crate::base::LockMode;
use crate::checks::case::Details as _;
use crate::checks::{Case, Found};
use crate::sql::Action;

rule!("attach-partition-scan", Hazard, Note);

fn check(case: &Case, found: &mut Found) {
    for (classified, facts) in case.acts_of(&["ALTER TABLE"]) {
        if !facts.commands().any(|command| command == "ATTACH PARTITION") {
            continue;
        }
        let partition = facts.of(Action::Alter).filter(|object| object.column.is_none()).nth(1);
        if let Some(partition) = partition.filter(|partition| !case.is_fresh(classified.index, partition)) {
            found
                .at(
                    classified,
                    format!("every row of {partition} is read while it is locked, unless a valid check spares it"),
                    "add and validate a check with the condition of the partition before",
                )
                .lock(LockMode::AccessExclusive, partition);
        }
    }
}
