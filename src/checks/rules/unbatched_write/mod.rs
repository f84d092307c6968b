//! README.md beside this file says what the rule is about.

use crate::base::LockMode;
use crate::checks::case::Details as _;
use crate::checks::{Case, Found};
use crate::sql::Action;

rule!("unbatched-write", Hazard, Note);

fn check(case: &Case, found: &mut Found) {
    for (classified, facts) in
        case.acts_of(&["UPDATE", "DELETE"]).filter(|(_, facts)| facts.unbounded && !facts.every_row)
    {
        for written in facts.of(Action::Write).filter(|object| !case.is_fresh(classified.index, object)) {
            found
                .at(
                    classified,
                    format!("nothing keeps this {} from reaching most rows of {written} at once", facts.tag),
                    "go through the table in ranges of its key, each in a transaction of its own",
                )
                .lock(LockMode::RowExclusive, written);
        }
    }
}
