//! README.md beside this file says what the rule is about.

use crate::base::LockMode;
use crate::checks::case::Details as _;
use crate::checks::history::Relations;
use crate::checks::{Case, Found};
use crate::sql::Action;

rule!("backfill-in-same-transaction", Hazard, Warning);

fn check(case: &Case, found: &mut Found) {
    let mut altered = Relations::default();
    for (classified, facts) in case.acts_of(&["ALTER TABLE", "UPDATE", "DELETE", "MERGE"]) {
        let block = case.block(classified.index);
        if let Some(table) = case.existing(classified, facts) {
            altered.keep_last(table, block);
        }
        if !matches!(facts.tag.as_str(), "UPDATE" | "DELETE" | "MERGE") {
            continue;
        }
        for written in facts.of(Action::Write).filter(|object| !case.is_fresh(classified.index, object)) {
            if altered.get(written) != Some(&block) {
                continue;
            }
            let when = if block.is_some() { "" } else { " (where the script is run as one transaction)" };
            found
                .at(
                    classified,
                    format!("rows of {written} are written while the lock of an earlier ALTER TABLE is held{when}"),
                    "fill the rows in a change of its own, in batches, unless the table is small",
                )
                .lock(LockMode::AccessExclusive, written);
        }
    }
}
