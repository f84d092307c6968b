//! README.md beside this file says what the rule is about.

use crate::checks::{Case, Found};
use crate::contract::allow::lies_in_schema;

rule!("unqualified-name", Gate, Error);

fn check(case: &Case, found: &mut Found) {
    for (classified, facts) in case.facts() {
        for object in &facts.objects {
            if object.schema.is_some() || object.name.is_empty() || !lies_in_schema(&object.kind) {
                continue;
            }
            found.at(
                classified,
                format!("{} {object} is named without its schema", object.kind),
                format!("write schema.{object}: which object a bare name means is decided by the session"),
            );
        }
    }
}
