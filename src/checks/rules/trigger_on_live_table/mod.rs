//! README.md beside this file says what the rule is about.

use crate::base::LockMode;
use crate::checks::case::Details as _;
use crate::checks::{Case, Found};

rule!("trigger-on-live-table", Hazard, Note);

fn check(case: &Case, found: &mut Found) {
    for (classified, facts) in case.acts_of(&["CREATE TRIGGER", "CREATE RULE", "CREATE POLICY", "ALTER POLICY"]) {
        let mode = match facts.tag.as_str() {
            "CREATE TRIGGER" => LockMode::ShareRowExclusive,
            "CREATE RULE" | "CREATE POLICY" | "ALTER POLICY" => LockMode::AccessExclusive,
            _ => continue,
        };
        let Some(object) = facts.objects.iter().find(|object| object.column.is_some()) else { continue };
        if !case.is_fresh(classified.index, object) {
            let mut table = object.clone();
            table.column = None;
            found
                .at(
                    classified,
                    format!("programs that use {table} wait for this, and meet it from then on"),
                    "keep it in a change of its own, with a short lock_timeout",
                )
                .lock(mode, table);
        }
    }
}
