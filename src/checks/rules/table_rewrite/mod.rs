//! README.md beside this file says what the rule is about.

use crate::base::LockMode;
use crate::checks::case::Details as _;
use crate::checks::{Case, Found};

rule!("table-rewrite", Hazard, Warning);

const COMMANDS: [&str; 4] = ["SET LOGGED", "SET UNLOGGED", "SET TABLE SPACE", "SET ACCESS METHOD"];

fn check(case: &Case, found: &mut Found) {
    for (classified, facts) in case.acts_of(&["VACUUM", "CLUSTER", "ALTER TABLE", "ALTER MATERIALIZED VIEW"]) {
        let rewrites = match facts.tag.as_str() {
            "VACUUM" => facts.flags.full,
            "CLUSTER" => true,
            "ALTER TABLE" | "ALTER MATERIALIZED VIEW" => facts.commands().any(|command| COMMANDS.contains(&command)),
            _ => false,
        };
        let table = facts.objects.iter().find(|object| object.column.is_none());
        if !rewrites || table.is_some_and(|table| case.is_fresh(classified.index, table)) {
            continue;
        }
        let table = table.map_or_else(|| "every table".to_owned(), ToString::to_string);
        found
            .at(
                classified,
                format!("{table} is written anew, and nobody can read or write it meanwhile"),
                "leave it out, or do it in a window of its own",
            )
            .lock(LockMode::AccessExclusive, &table);
    }
}
