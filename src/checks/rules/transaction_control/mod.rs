//! README.md beside this file says what the rule is about.

use crate::checks::{Case, Found};
use crate::sql::TransactionControl as Control;

rule!("transaction-control", Gate, Error);

fn check(case: &Case, found: &mut Found) {
    let facts: Vec<_> = case.facts().collect();
    let last = facts.len().saturating_sub(1);
    let begins = matches!(facts.first(), Some((_, first)) if matches!(first.transaction, Some(Control::Begin { .. })));
    let commits = matches!(facts.last(), Some((_, end)) if matches!(end.transaction, Some(Control::Commit { .. })));
    for (at, (classified, facts)) in facts.iter().enumerate() {
        let Some(transaction) = &facts.transaction else { continue };
        let fault = match transaction {
            Control::Begin { options } if at == 0 && commits => (*options > 0).then_some("BEGIN carries options"),
            Control::Begin { .. } if at == 0 => Some("BEGIN has no COMMIT at the end of the script"),
            Control::Begin { .. } => Some("BEGIN stands in the middle of the script"),
            Control::Commit { chain: true } => Some("COMMIT AND CHAIN begins another transaction"),
            Control::Commit { .. } if at == last && begins => None,
            Control::Commit { .. } if at == last => Some("COMMIT has no BEGIN at the start of the script"),
            Control::Commit { .. } => Some("COMMIT ends the transaction before the end of the script"),
            Control::Rollback { .. } => Some("ROLLBACK undoes what was reviewed"),
            Control::Savepoint | Control::Release | Control::RollbackTo => {
                Some("savepoints let a part of the change fail unseen")
            }
            Control::Prepare | Control::CommitPrepared | Control::RollbackPrepared => {
                Some("a prepared transaction outlives its session, and anybody can commit it")
            }
        };
        if let Some(fault) = fault {
            found.at(classified, fault, "put one plain BEGIN first and one plain COMMIT last, or neither");
        }
    }
    if case.contract.is_some_and(|contract| contract.allow.one_transaction.is_some())
        && !(begins && commits)
        && let Some((first, _)) = facts.first()
    {
        found.at(
            first,
            "the contract asks for one transaction around everything",
            "put BEGIN before the first statement and COMMIT after the last",
        );
    }
}
