//! README.md beside this file says what the rule is about.

use crate::base::LockMode;
use crate::checks::case::Details as _;
use crate::checks::{Case, Found};
use crate::sql::Action;

rule!("rename", Hazard, Warning);

fn check(case: &Case, found: &mut Found) {
    for (classified, facts) in case.acts() {
        let moves = facts
            .commands()
            .any(|command| matches!(command, "RENAME" | "RENAME COLUMN" | "RENAME VALUE" | "SET SCHEMA"));
        // Programs do not name these.
        let inner = |kind: &str| matches!(kind, "index" | "constraint" | "trigger" | "policy" | "rule" | "statistics");
        if facts.objects.iter().any(|object| inner(&object.kind)) {
            continue;
        }
        let object = facts.objects.iter().find(|object| matches!(object.action, Action::Drop | Action::Alter));
        let Some(object) = object.filter(|object| moves && !case.is_fresh(classified.index, object)) else { continue };
        found
            .at(
                classified,
                format!("whoever knows {object} by its old name fails when this commits"),
                "add the new name beside the old one, switch over, then drop the old one",
            )
            .lock(LockMode::AccessExclusive, object);
    }
}
