//! README.md beside this file says what the rule is about.

use crate::checks::{Case, Found};
use crate::sql::Action;

rule!("missing-timeouts", Hazard, Note);

const KINDS: [&str; 7] = ["relation", "table", "view", "materialized view", "index", "sequence", "foreign table"];

fn check(case: &Case, found: &mut Found) {
    let mut limited = false;
    for (classified, facts) in case.acts() {
        for set in facts.sets.iter().filter(|set| set.name == "lock_timeout") {
            limited = set.limits();
        }
        if limited {
            continue;
        }
        let locked = facts.objects.iter().find(|object| {
            matches!(object.action, Action::Alter | Action::Drop)
                && KINDS.contains(&object.kind.as_str())
                && object.column.is_none()
                && facts.tag != "COMMENT"
                && !case.is_fresh(classified.index, object)
        });
        if let Some(locked) = locked {
            found.at(
                classified,
                format!("nothing limits how long the change waits for {locked}, and how long others wait behind it"),
                "begin with SET LOCAL lock_timeout = '5s'",
            );
            return;
        }
    }
}
