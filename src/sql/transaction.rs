//! Statements that begin or end transactions, and those that cannot be part of one.

use pg_query::protobuf::{ReindexObjectType, TransactionStmtKind};

use super::facts::{Flags, TransactionControl};
use super::tag;
use super::tree::View;

/// <https://www.postgresql.org/docs/current/sql-begin.html> and its relatives.
pub fn control(node: View) -> Option<TransactionControl> {
    if !node.is("TransactionStmt") {
        return None;
    }
    let chain = node.flag("chain");
    Some(match TransactionStmtKind::try_from(node.number("kind")).ok()? {
        TransactionStmtKind::TransStmtBegin | TransactionStmtKind::TransStmtStart => {
            TransactionControl::Begin { options: node.list("options").count() }
        }
        TransactionStmtKind::TransStmtCommit => TransactionControl::Commit { chain },
        TransactionStmtKind::TransStmtRollback => TransactionControl::Rollback { chain },
        TransactionStmtKind::TransStmtSavepoint => TransactionControl::Savepoint,
        TransactionStmtKind::TransStmtRelease => TransactionControl::Release,
        TransactionStmtKind::TransStmtRollbackTo => TransactionControl::RollbackTo,
        TransactionStmtKind::TransStmtPrepare => TransactionControl::Prepare,
        TransactionStmtKind::TransStmtCommitPrepared => TransactionControl::CommitPrepared,
        TransactionStmtKind::TransStmtRollbackPrepared => TransactionControl::RollbackPrepared,
        TransactionStmtKind::Undefined => return None,
    })
}

/// Whether the server lets it run inside a transaction block (`PreventInTransactionBlock` in its source).
pub fn can_run_inside(node: View, flags: &Flags) -> bool {
    let outside = match node.kind() {
        "IndexStmt" | "DropStmt" | "AlterTableStmt" => flags.concurrently,
        "ReindexStmt" => {
            let whole = matches!(
                ReindexObjectType::try_from(node.number("kind")),
                Ok(ReindexObjectType::ReindexObjectSchema
                    | ReindexObjectType::ReindexObjectSystem
                    | ReindexObjectType::ReindexObjectDatabase)
            );
            whole || flags.concurrently
        }
        "VacuumStmt" => node.flag("is_vacuumcmd"),
        "ClusterStmt" => !node.is_set("relation"),
        "CreatedbStmt"
        | "DropdbStmt"
        | "CreateTableSpaceStmt"
        | "DropTableSpaceStmt"
        | "AlterSystemStmt"
        | "CreateSubscriptionStmt"
        | "DropSubscriptionStmt"
        | "AlterSubscriptionStmt" => true,
        "AlterDatabaseStmt" => {
            node.list_of("options", "DefElem").any(|option| option.text("defname") == Some("tablespace"))
        }
        "DiscardStmt" => tag::tag(node).as_deref() == Some("DISCARD ALL"),
        "TransactionStmt" => {
            matches!(control(node), Some(TransactionControl::CommitPrepared | TransactionControl::RollbackPrepared))
        }
        _ => false,
    };
    !outside
}
