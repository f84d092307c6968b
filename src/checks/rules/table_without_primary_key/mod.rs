//! README.md beside this file says what the rule is about.

use crate::checks::history::Relations;
use crate::checks::{Case, Found};
use crate::sql::{Action, Alteration};

rule!("table-without-primary-key", Hazard, Note);

fn check(case: &Case, found: &mut Found) {
    let is_key = |part: &Alteration| part.constraints.iter().any(|constraint| constraint.kind == "primary key");
    let mut keyed = Relations::default();
    for (_, facts) in case.acts_of(&["ALTER TABLE"]).filter(|(_, facts)| facts.alterations.iter().any(is_key)) {
        for table in facts.of(Action::Alter) {
            keyed.keep_first(table, ());
        }
    }
    for (classified, facts) in case.acts_of(&["CREATE TABLE"]) {
        let has_parent = facts.of(Action::Alter).next().is_some();
        let takes_over = facts.definitions.iter().any(|part| part.command == "LIKE");
        if facts.flags.temporary || has_parent || takes_over || facts.definitions.iter().any(is_key) {
            continue;
        }
        let table = facts.of(Action::Create).find(|object| object.kind == "table" && keyed.get(object).is_none());
        if let Some(table) = table {
            found.at(classified, format!("nothing names one row of {table}"), "add a primary key");
        }
    }
}
