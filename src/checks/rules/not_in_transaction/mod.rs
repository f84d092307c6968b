//! README.md beside this file says what the rule is about.

use crate::checks::{Case, Found};
use crate::contract::Permission;

rule!("not-in-transaction", Gate, Error);

fn check(case: &Case, found: &mut Found) {
    let permitted = case.contract.is_some_and(|contract| {
        contract.permits(Permission::NotInTransaction) && contract.allow.one_transaction.is_none()
    });
    if permitted {
        return;
    }
    for (classified, facts) in case.facts() {
        if !facts.in_transaction {
            found.at(
                classified,
                format!("this form of {} cannot run inside a transaction", facts.tag),
                "use the form that can, or have `permit not in transaction` reviewed",
            );
        }
    }
}
