//! README.md beside this file says what the rule is about.

use crate::checks::{Case, Found};
use crate::contract::Permission;
use crate::contract::allow::is_plain_timeout;

rule!("session-setting", Gate, Error);

const ROLES: [&str; 3] = ["role", "session_authorization", "*"];

fn check(case: &Case, found: &mut Found) {
    let permitted = case.contract.is_some_and(|contract| contract.permits(Permission::Settings));
    for (classified, facts) in case.facts() {
        for set in &facts.sets {
            let changes_role = ROLES.contains(&set.name.as_str());
            if is_plain_timeout(set) || (permitted && !changes_role) {
                continue;
            }
            let (message, instruction) = if changes_role {
                (format!("{} changes as whom the rest of the script runs", facts.tag), "leave it out")
            } else {
                (
                    format!("{} changes the setting {}", facts.tag, set.name),
                    "leave it out: the session's settings are pinned; or have `permit settings` reviewed",
                )
            };
            found.at(classified, message, instruction);
        }
        if facts.tag.starts_with("DISCARD") {
            found.at(classified, format!("{} resets the session", facts.tag), "leave it out");
        }
    }
}
