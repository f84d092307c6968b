//! README.md beside this file says what the rule is about.

use crate::base::LockMode;
use crate::checks::case::Details as _;
use crate::checks::{Case, Found};
use crate::sql::Action;

rule!("backfill-in-same-transaction", Hazard, Warning);

fn check(case: &Case, found: &mut Found) {
    let writes = ["UPDATE", "DELETE", "MERGE"];
    for (classified, facts) in case.facts().filter(|(_, facts)| writes.contains(&facts.tag.as_str())) {
        for written in facts.of(Action::Write).filter(|object| !case.is_fresh(classified.index, object)) {
            let altered =
                case.facts().take_while(|(earlier, _)| earlier.index < classified.index).any(|(_, earlier)| {
                    earlier.tag == "ALTER TABLE"
                        && earlier
                            .of(Action::Alter)
                            .any(|object| object.schema == written.schema && object.name == written.name)
                });
            if altered {
                found
                    .at(
                        classified,
                        format!("rows of {written} are written while the lock of an earlier ALTER TABLE is held"),
                        "fill the rows in a change of its own, in batches, unless the table is small",
                    )
                    .lock(LockMode::AccessExclusive, &written.to_string());
            }
        }
    }
}
