//! README.md beside this file says what the rule is about.

use crate::checks::{Case, Found};
use crate::contract::allow::lies_in_schema;

rule!("outside-schema", Gate, Error);

fn check(case: &Case, found: &mut Found) {
    let Some(contract) = case.contract else { return };
    for (classified, facts) in case.facts() {
        for object in facts.touched() {
            // A name without a schema is a finding of its own.
            let unplaced = object.schema.is_none() && lies_in_schema(&object.kind);
            if unplaced || contract.holds_within(object) {
                continue;
            }
            found.at(
                classified,
                format!("{} {object} lies outside the schemas the contract names", object.kind),
                "move it, or name its schema in `within schema` and have it reviewed",
            );
        }
    }
}
