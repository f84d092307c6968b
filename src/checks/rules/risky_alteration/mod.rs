//! README.md beside this file says what the rule is about.

use crate::checks::{Case, Found};
use crate::contract::Permission;

rule!("risky-alteration", Gate, Error);

/// What ALTER may do once its tag is allowed.
const PLAIN: [&str; 29] = [
    "ADD COLUMN",
    "DROP COLUMN",
    "SET DEFAULT",
    "DROP DEFAULT",
    "SET NOT NULL",
    "DROP NOT NULL",
    "ALTER COLUMN TYPE",
    "SET EXPRESSION",
    "DROP EXPRESSION",
    "ADD IDENTITY",
    "SET IDENTITY",
    "DROP IDENTITY",
    "SET STATISTICS",
    "SET OPTIONS",
    "RESET OPTIONS",
    "SET STORAGE",
    "SET COMPRESSION",
    "ADD CONSTRAINT",
    "DROP CONSTRAINT",
    "ALTER CONSTRAINT",
    "VALIDATE CONSTRAINT",
    "SET STORAGE PARAMETERS",
    "RESET STORAGE PARAMETERS",
    "ENABLE TRIGGER",
    "ENABLE ROW LEVEL SECURITY",
    "FORCE ROW LEVEL SECURITY",
    "ATTACH PARTITION",
    "DETACH PARTITION",
    "ADD VALUE",
];

fn check(case: &Case, found: &mut Found) {
    for (classified, facts) in case.facts() {
        for command in facts.commands().filter(|command| !PLAIN.contains(command)) {
            let permission = Permission::of_alteration(command);
            if permission.is_some_and(|word| case.contract.is_some_and(|contract| contract.permits(word))) {
                continue;
            }
            let instruction = match permission {
                Some(word) => format!("leave it out, or have `permit {}` reviewed", word.words()),
                None => "leave it out: this version does not know what it does".to_owned(),
            };
            found.at(classified, format!("{command} is more than {} as such", facts.tag), instruction);
        }
    }
}
