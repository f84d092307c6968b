//! README.md beside this file says what the rule is about.

use crate::checks::{Case, Found};

rule!("missing-statement-timeout", Hazard, Note);

fn check(case: &Case, found: &mut Found) {
    if case.contract.is_some() {
        return;
    }
    let mut limited = false;
    for (classified, facts) in case.facts() {
        for set in facts.sets.iter().filter(|set| set.name == "statement_timeout") {
            limited = set.limits();
        }
        if !limited && changes_the_schema(&facts.tag) {
            found.at(
                classified,
                format!("nothing limits how long this {} may run, and hold its locks", facts.tag),
                "begin with SET statement_timeout = '60s'",
            );
            return;
        }
    }
}

fn changes_the_schema(tag: &str) -> bool {
    matches!(
        tag,
        "COMMENT"
            | "TRUNCATE TABLE"
            | "REINDEX"
            | "CLUSTER"
            | "VACUUM"
            | "REFRESH MATERIALIZED VIEW"
            | "LOCK TABLE"
            | "SECURITY LABEL"
            | "IMPORT FOREIGN SCHEMA"
            | "DO"
    ) || ["CREATE ", "ALTER ", "DROP "].iter().any(|verb| tag.starts_with(verb))
}
