//! README.md beside this file says what the rule is about.

use crate::checks::{Case, Found};

rule!("not-allowed", Gate, Error);

fn check(case: &Case, found: &mut Found) {
    let Some(contract) = case.contract else { return };
    for (classified, facts) in case.facts() {
        for tag in std::iter::once(facts.tag.as_str())
            .chain(facts.inner.iter().map(String::as_str))
            .filter(|tag| !contract.admits(tag))
        {
            let message = format!("{tag} is not allowed by the contract");
            let instruction = format!("leave it out, or add `{tag}` under `allow` and have it reviewed");
            found.at(classified, message, instruction);
        }
    }
}
