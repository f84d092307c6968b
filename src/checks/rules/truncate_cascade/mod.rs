//! README.md beside this file says what the rule is about.

use crate::base::LockMode;
use crate::checks::case::Details as _;
use crate::checks::{Case, Found};
use crate::sql::Action;

rule!("truncate-cascade", Hazard, Warning);

fn check(case: &Case, found: &mut Found) {
    for (classified, facts) in
        case.acts_of(&["TRUNCATE TABLE"]).filter(|(_, facts)| facts.tag == "TRUNCATE TABLE" && facts.flags.cascade)
    {
        for table in facts.of(Action::Write) {
            found
                .at(
                    classified,
                    format!("every table that refers to {table}, and every table behind those, is emptied too"),
                    "name each table that is to be emptied, without CASCADE",
                )
                .lock(LockMode::AccessExclusive, table);
        }
    }
}
