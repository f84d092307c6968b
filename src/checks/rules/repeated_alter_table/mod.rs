//! README.md beside this file says what the rule is about.

use crate::checks::history::Relations;
use crate::checks::{Case, Found};

rule!("repeated-alter-table", Hazard, Note);

/// Commands that have to stand alone, or that wait for another transaction on purpose.
const ALONE: [&str; 8] = [
    "RENAME",
    "RENAME COLUMN",
    "SET SCHEMA",
    "VALIDATE CONSTRAINT",
    "ATTACH PARTITION",
    "DETACH PARTITION",
    "DETACH PARTITION FINALIZE",
    "OWNER TO",
];

fn check(case: &Case, found: &mut Found) {
    let mut altered = Relations::default();
    for (classified, facts) in case.acts_of(&["ALTER TABLE"]) {
        let Some(table) = case.existing(classified, facts) else { continue };
        if facts.commands().any(|command| ALONE.contains(&command)) {
            continue;
        }
        let block = case.block(classified.index);
        if altered.get(table) == Some(&block) {
            found.at(
                classified,
                format!("{table} is altered again: what the first statement locked and read is locked and read twice"),
                "put the sub-commands into one ALTER TABLE",
            );
        }
        altered.keep_last(table, block);
    }
}
