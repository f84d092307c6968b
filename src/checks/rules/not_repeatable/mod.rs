//! README.md beside this file says what the rule is about.

use std::collections::BTreeSet;

use crate::checks::{Case, Found};
use crate::sql::{Action, Facts};

rule!("not-repeatable", Hazard, Note);

fn check(case: &Case, found: &mut Found) {
    if case.contract.is_some() || case.script.statements.len() < 2 {
        return;
    }
    let (mut dropped, mut added) = (BTreeSet::new(), BTreeSet::new());
    for (classified, facts) in case.facts() {
        let mut unguarded = if facts.tag == "ALTER TABLE" { None } else { whole(facts) };
        for part in facts.alterations.iter().filter(|_| facts.tag == "ALTER TABLE") {
            let name = part.name.as_deref().unwrap_or_default();
            let repeatable = match part.command.as_str() {
                "DROP CONSTRAINT" => {
                    dropped.insert(name);
                    part.guarded
                }
                "ADD CONSTRAINT" => {
                    added.insert(name);
                    dropped.remove(name)
                }
                "VALIDATE CONSTRAINT" => added.contains(name),
                _ => part.guarded,
            };
            if !repeatable {
                unguarded = unguarded.or(Some(part.command.as_str()));
            }
        }
        if let Some(what) = unguarded.filter(|_| case.block(classified.index).is_none()) {
            found.at(
                classified,
                format!(
                    "{what} commits by itself, and is not guarded against a second run after a later statement failed"
                ),
                "put the script between BEGIN and COMMIT, or write IF EXISTS or IF NOT EXISTS",
            );
        }
    }
}

/// The statement's tag, where it has a form that can be repeated and this is not it.
fn whole(facts: &Facts) -> Option<&str> {
    let flags = &facts.flags;
    let unguarded = match facts.tag.as_str() {
        "CREATE TABLE" => !(flags.if_not_exists || flags.temporary && flags.on_commit_drop),
        "CREATE INDEX" => {
            // Without a name the server finds a free one, and IF NOT EXISTS cannot be written.
            let named = facts.of(Action::Create).any(|object| object.kind == "index" && !object.name.is_empty());
            named && !flags.if_not_exists
        }
        "CREATE TABLE AS" | "CREATE MATERIALIZED VIEW" | "CREATE SEQUENCE" | "CREATE SCHEMA" | "CREATE EXTENSION" => {
            !flags.if_not_exists
        }
        "ALTER TYPE" => facts.alterations.iter().any(|part| part.command == "ADD VALUE" && !part.guarded),
        "DROP OWNED" => false,
        tag => tag.starts_with("DROP ") && !flags.if_exists,
    };
    unguarded.then_some(facts.tag.as_str())
}
