//! README.md beside this file says what the rule is about.

use crate::checks::{Case, Found};
use crate::sql::TransactionControl as Control;

rule!("nested-transaction", Hazard, Warning);

fn check(case: &Case, found: &mut Found) {
    if case.contract.is_some() {
        return;
    }
    let mut open = false;
    for (classified, facts) in case.facts() {
        let fault = match facts.transaction {
            Some(Control::Begin { .. }) => {
                std::mem::replace(&mut open, true).then_some("a transaction is open already")
            }
            Some(Control::Commit { chain } | Control::Rollback { chain }) => {
                (!std::mem::replace(&mut open, chain)).then_some("no transaction is open here")
            }
            Some(Control::Prepare) => {
                open = false;
                None
            }
            _ => None,
        };
        if let Some(fault) = fault {
            found.at(classified, format!("{fault}: {} does nothing but warn", facts.tag), "leave it out");
        }
    }
}
