//! README.md beside this file says what the rule is about.

use crate::checks::{Case, Found};
use crate::sql::Action;

rule!("drop-database", Hazard, Warning);

fn check(case: &Case, found: &mut Found) {
    for (classified, facts) in case.acts_of(&["DROP DATABASE"]) {
        for database in facts.of(Action::Drop) {
            found.at(
                classified,
                format!("database {database} is lost, with everything in it"),
                "make sure that nobody needs it, and that the backup was tested",
            );
        }
    }
}
