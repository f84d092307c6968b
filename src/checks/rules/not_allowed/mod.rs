//! README.md beside this file says what the rule is about.

use crate::checks::{Case, Found};

rule!("not-allowed", Gate, Error);

fn check(case: &Case, found: &mut Found) {
    let Some(contract) = case.contract else { return };
    for (classified, facts) in case.facts() {
        if !contract.admits(&facts.tag) {
            let message = format!("{} is not allowed by the contract", facts.tag);
            let instruction = format!("leave it out, or add `{}` under `allow` and have it reviewed", facts.tag);
            found.at(classified, message, instruction);
        }
    }
}
