//! README.md beside this file says what the rule is about.

use crate::checks::{Case, Found};

rule!("meta-command", Gate, Error, true);

fn check(case: &Case, found: &mut Found) {
    for meta in &case.script.metas {
        found.at_place(
            meta.span,
            meta.place,
            format!("{} is a psql meta-command, not SQL", meta.name),
            "write plain SQL: a change is sent statement by statement, and psql is never run",
        );
    }
}
