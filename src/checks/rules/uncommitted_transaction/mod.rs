//! README.md beside this file says what the rule is about.

use crate::checks::{Case, Found};
use crate::sql::TransactionControl as Control;

rule!("uncommitted-transaction", Hazard, Warning);

fn check(case: &Case, found: &mut Found) {
    if case.contract.is_some() {
        return;
    }
    let mut open = None;
    for (classified, facts) in case.facts() {
        match facts.transaction {
            Some(Control::Begin { .. }) => open = open.or(Some(classified)),
            Some(Control::Commit { chain } | Control::Rollback { chain }) => open = chain.then_some(classified),
            Some(Control::Prepare) => open = None,
            _ => {}
        }
    }
    if let Some(begin) = open {
        found.at(
            begin,
            "this transaction is still open when the script ends: nothing of it is kept",
            "end with COMMIT",
        );
    }
}
