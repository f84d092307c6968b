//! README.md beside this file says what the rule is about.

use crate::base::LockMode;
use crate::checks::case::Details as _;
use crate::checks::{Case, Classified, Found};
use crate::sql::{Action, Facts};

rule!("statement-under-lock", Hazard, Note);

fn check(case: &Case, found: &mut Found) {
    let mut held: Option<(usize, String)> = None;
    let mut told = None;
    for (classified, facts) in case.acts() {
        let Some(block) = case.block(classified.index) else { continue };
        if let Some((_, table)) = held.as_ref().filter(|(of, _)| *of == block && told != Some(block))
            && works(case, classified, facts)
        {
            told = Some(block);
            found
                .at(
                    classified,
                    format!(
                        "{} runs while nobody can use {table}: its lock is held until the transaction ends",
                        facts.tag
                    ),
                    format!("let the transaction end after what locks {table}"),
                )
                .lock(LockMode::AccessExclusive, table);
        }
        if held.as_ref().is_none_or(|(of, _)| *of != block)
            && let Some(table) = locked(case, classified, facts)
        {
            held = Some((block, table));
        }
    }
}

/// Commands that leave readers and writers alone.
const MILD: [&str; 6] = [
    "VALIDATE CONSTRAINT",
    "SET STATISTICS",
    "ATTACH PARTITION",
    "SET STORAGE PARAMETERS",
    "RESET STORAGE PARAMETERS",
    "CLUSTER ON",
];

/// The table that the statement keeps everybody out of.
fn locked(case: &Case, classified: &Classified, facts: &Facts) -> Option<String> {
    match facts.tag.as_str() {
        "ALTER TABLE" => {
            let strong = facts.alterations.iter().any(|part| {
                let only_keys = part.constraints.iter().all(|constraint| constraint.kind == "foreign key");
                let adds_keys = part.command == "ADD CONSTRAINT" && only_keys && !part.constraints.is_empty();
                !adds_keys && !MILD.contains(&part.command.as_str())
            });
            case.existing_table(classified, facts).filter(|_| strong)
        }
        "DROP TABLE" | "DROP INDEX" | "TRUNCATE TABLE" => facts
            .objects
            .iter()
            .find(|object| {
                matches!(object.action, Action::Drop | Action::Write) && !case.is_fresh(classified.index, object)
            })
            .map(ToString::to_string),
        _ => None,
    }
}

/// Whether the statement may take its time, or takes a lock of its own.
fn works(case: &Case, classified: &Classified, facts: &Facts) -> bool {
    match facts.tag.as_str() {
        "SELECT"
        | "INSERT"
        | "UPDATE"
        | "DELETE"
        | "MERGE"
        | "COPY"
        | "CREATE TABLE AS"
        | "REFRESH MATERIALIZED VIEW" => true,
        "ALTER TABLE" | "CREATE INDEX" => facts
            .of(Action::Alter)
            .find(|object| object.kind == "table" && object.column.is_none())
            .is_some_and(|table| !case.is_fresh(classified.index, table)),
        _ => false,
    }
}
