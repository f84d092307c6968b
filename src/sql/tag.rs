//! The command tag of a statement: what `CreateCommandTag` of the server's tcop/utility.c gives.

use compact_str::{CompactString, format_compact};
use pg_query::protobuf::{DiscardMode, ObjectType, TransactionStmtKind, VariableSetKind};

use super::tree::View;

/// The tag, or none for a kind of statement this version does not know.
pub fn tag(node: View) -> Option<CompactString> {
    let fixed = match node.kind() {
        "InsertStmt" => "INSERT",
        "UpdateStmt" => "UPDATE",
        "DeleteStmt" => "DELETE",
        "MergeStmt" => "MERGE",
        "SelectStmt" if node.is_set("into_clause") => "SELECT INTO",
        "SelectStmt" => "SELECT",
        "CreateSchemaStmt" => "CREATE SCHEMA",
        "CreateStmt" => "CREATE TABLE",
        "CreateTableSpaceStmt" => "CREATE TABLESPACE",
        "DropTableSpaceStmt" => "DROP TABLESPACE",
        "AlterTableSpaceOptionsStmt" => "ALTER TABLESPACE",
        "CreateExtensionStmt" => "CREATE EXTENSION",
        "AlterExtensionStmt" | "AlterExtensionContentsStmt" => "ALTER EXTENSION",
        "CreateFdwStmt" => "CREATE FOREIGN DATA WRAPPER",
        "AlterFdwStmt" => "ALTER FOREIGN DATA WRAPPER",
        "CreateForeignServerStmt" => "CREATE SERVER",
        "AlterForeignServerStmt" => "ALTER SERVER",
        "CreateForeignTableStmt" => "CREATE FOREIGN TABLE",
        "CreateUserMappingStmt" => "CREATE USER MAPPING",
        "AlterUserMappingStmt" => "ALTER USER MAPPING",
        "DropUserMappingStmt" => "DROP USER MAPPING",
        "ImportForeignSchemaStmt" => "IMPORT FOREIGN SCHEMA",
        "CreatePolicyStmt" => "CREATE POLICY",
        "AlterPolicyStmt" => "ALTER POLICY",
        "CreateAmStmt" => "CREATE ACCESS METHOD",
        "CreateTrigStmt" => "CREATE TRIGGER",
        "CreateEventTrigStmt" => "CREATE EVENT TRIGGER",
        "AlterEventTrigStmt" => "ALTER EVENT TRIGGER",
        "CreatePLangStmt" => "CREATE LANGUAGE",
        "CreateRoleStmt" => "CREATE ROLE",
        "AlterRoleStmt" | "AlterRoleSetStmt" => "ALTER ROLE",
        "DropRoleStmt" => "DROP ROLE",
        "CreateSeqStmt" => "CREATE SEQUENCE",
        "AlterSeqStmt" => "ALTER SEQUENCE",
        "CreateDomainStmt" => "CREATE DOMAIN",
        "AlterDomainStmt" => "ALTER DOMAIN",
        "CreateOpClassStmt" => "CREATE OPERATOR CLASS",
        "CreateOpFamilyStmt" => "CREATE OPERATOR FAMILY",
        "AlterOpFamilyStmt" => "ALTER OPERATOR FAMILY",
        "TruncateStmt" => "TRUNCATE TABLE",
        "CommentStmt" => "COMMENT",
        "SecLabelStmt" => "SECURITY LABEL",
        "DeclareCursorStmt" => "DECLARE CURSOR",
        "ClosePortalStmt" if node.text("portalname").is_some() => "CLOSE CURSOR",
        "ClosePortalStmt" => "CLOSE CURSOR ALL",
        "FetchStmt" if node.flag("ismove") => "MOVE",
        "FetchStmt" => "FETCH",
        "IndexStmt" => "CREATE INDEX",
        "CreateStatsStmt" => "CREATE STATISTICS",
        "AlterStatsStmt" => "ALTER STATISTICS",
        "CreateFunctionStmt" if node.flag("is_procedure") => "CREATE PROCEDURE",
        "CreateFunctionStmt" => "CREATE FUNCTION",
        "DoStmt" => "DO",
        "CallStmt" => "CALL",
        "AlterOperatorStmt" => "ALTER OPERATOR",
        "AlterTypeStmt" | "AlterEnumStmt" => "ALTER TYPE",
        "RuleStmt" => "CREATE RULE",
        "NotifyStmt" => "NOTIFY",
        "ListenStmt" => "LISTEN",
        "UnlistenStmt" => "UNLISTEN",
        "CompositeTypeStmt" | "CreateEnumStmt" | "CreateRangeStmt" => "CREATE TYPE",
        "ViewStmt" => "CREATE VIEW",
        "LoadStmt" => "LOAD",
        "CreatedbStmt" => "CREATE DATABASE",
        "AlterDatabaseStmt" | "AlterDatabaseRefreshCollStmt" | "AlterDatabaseSetStmt" => "ALTER DATABASE",
        "DropdbStmt" => "DROP DATABASE",
        "AlterSystemStmt" => "ALTER SYSTEM",
        "ClusterStmt" => "CLUSTER",
        "VacuumStmt" if node.flag("is_vacuumcmd") => "VACUUM",
        "VacuumStmt" => "ANALYZE",
        "ExplainStmt" => "EXPLAIN",
        "RefreshMatViewStmt" => "REFRESH MATERIALIZED VIEW",
        "CheckPointStmt" => "CHECKPOINT",
        "LockStmt" => "LOCK TABLE",
        "ConstraintsSetStmt" => "SET CONSTRAINTS",
        "ReindexStmt" => "REINDEX",
        "CreateConversionStmt" => "CREATE CONVERSION",
        "CreateCastStmt" => "CREATE CAST",
        "CreateTransformStmt" => "CREATE TRANSFORM",
        "PrepareStmt" => "PREPARE",
        "ExecuteStmt" => "EXECUTE",
        "DeallocateStmt" if node.text("name").is_some() => "DEALLOCATE",
        "DeallocateStmt" => "DEALLOCATE ALL",
        "DropOwnedStmt" => "DROP OWNED",
        "ReassignOwnedStmt" => "REASSIGN OWNED",
        "AlterTsDictionaryStmt" => "ALTER TEXT SEARCH DICTIONARY",
        "AlterTsConfigurationStmt" => "ALTER TEXT SEARCH CONFIGURATION",
        "CreatePublicationStmt" => "CREATE PUBLICATION",
        "AlterPublicationStmt" => "ALTER PUBLICATION",
        "CreateSubscriptionStmt" => "CREATE SUBSCRIPTION",
        "AlterSubscriptionStmt" => "ALTER SUBSCRIPTION",
        "DropSubscriptionStmt" => "DROP SUBSCRIPTION",
        "AlterCollationStmt" => "ALTER COLLATION",
        "AlterDefaultPrivilegesStmt" => "ALTER DEFAULT PRIVILEGES",
        "CopyStmt" => "COPY",
        "GrantStmt" if node.flag("is_grant") => "GRANT",
        "GrantStmt" => "REVOKE",
        "GrantRoleStmt" if node.flag("is_grant") => "GRANT ROLE",
        "GrantRoleStmt" => "REVOKE ROLE",
        "VariableShowStmt" => "SHOW",
        "CreateTableAsStmt" if object_type(node, "objtype") == "OBJECT_MATVIEW" => "CREATE MATERIALIZED VIEW",
        "CreateTableAsStmt" if node.flag("is_select_into") => "SELECT INTO",
        "CreateTableAsStmt" => "CREATE TABLE AS",
        "VariableSetStmt" => match VariableSetKind::try_from(node.number("kind")) {
            Ok(VariableSetKind::VarReset | VariableSetKind::VarResetAll) => "RESET",
            _ => "SET",
        },
        "DiscardStmt" => match DiscardMode::try_from(node.number("target")) {
            Ok(DiscardMode::DiscardPlans) => "DISCARD PLANS",
            Ok(DiscardMode::DiscardTemp) => "DISCARD TEMP",
            Ok(DiscardMode::DiscardSequences) => "DISCARD SEQUENCES",
            _ => "DISCARD ALL",
        },
        "TransactionStmt" => match TransactionStmtKind::try_from(node.number("kind")).ok()? {
            TransactionStmtKind::TransStmtBegin => "BEGIN",
            TransactionStmtKind::TransStmtStart => "START TRANSACTION",
            TransactionStmtKind::TransStmtCommit => "COMMIT",
            TransactionStmtKind::TransStmtRollback | TransactionStmtKind::TransStmtRollbackTo => "ROLLBACK",
            TransactionStmtKind::TransStmtSavepoint => "SAVEPOINT",
            TransactionStmtKind::TransStmtRelease => "RELEASE",
            TransactionStmtKind::TransStmtPrepare => "PREPARE TRANSACTION",
            TransactionStmtKind::TransStmtCommitPrepared => "COMMIT PREPARED",
            TransactionStmtKind::TransStmtRollbackPrepared => "ROLLBACK PREPARED",
            TransactionStmtKind::Undefined => return None,
        },
        "DropStmt" => return of_object("DROP", object_type(node, "remove_type")),
        "DefineStmt" => return of_object("CREATE", object_type(node, "kind")),
        "AlterTableStmt" | "AlterTableMoveAllStmt" | "AlterFunctionStmt" => {
            return of_object("ALTER", object_type(node, "objtype"));
        }
        "AlterObjectDependsStmt" | "AlterObjectSchemaStmt" | "AlterOwnerStmt" => {
            return of_object("ALTER", object_type(node, "object_type"));
        }
        "RenameStmt" => {
            let renamed = object_type(node, "rename_type");
            let of = if renamed == "OBJECT_COLUMN" { object_type(node, "relation_type") } else { renamed };
            return of_object("ALTER", of);
        }
        _ => return None,
    };
    Some(CompactString::const_new(fixed))
}

/// The name of an object type: `OBJECT_TABLE`.
pub fn object_type(node: View, name: &str) -> &'static str {
    ObjectType::try_from(node.number(name)).map_or("", |found| found.as_str_name())
}

fn of_object(verb: &str, object: &str) -> Option<CompactString> {
    let noun = match object {
        "OBJECT_TABCONSTRAINT" | "OBJECT_COLUMN" => "TABLE",
        "OBJECT_ATTRIBUTE" => "TYPE",
        "OBJECT_DOMCONSTRAINT" => "DOMAIN",
        "OBJECT_FDW" => "FOREIGN DATA WRAPPER",
        "OBJECT_FOREIGN_SERVER" => "SERVER",
        "OBJECT_LARGEOBJECT" => "LARGE OBJECT",
        "OBJECT_MATVIEW" => "MATERIALIZED VIEW",
        "OBJECT_OPCLASS" => "OPERATOR CLASS",
        "OBJECT_OPFAMILY" => "OPERATOR FAMILY",
        "OBJECT_STATISTIC_EXT" => "STATISTICS",
        "OBJECT_TSCONFIGURATION" => "TEXT SEARCH CONFIGURATION",
        "OBJECT_TSDICTIONARY" => "TEXT SEARCH DICTIONARY",
        "OBJECT_TSPARSER" => "TEXT SEARCH PARSER",
        "OBJECT_TSTEMPLATE" => "TEXT SEARCH TEMPLATE",
        "OBJECT_TYPE_UNDEFINED" | "" => return None,
        other => return Some(format_compact!("{verb} {}", other.strip_prefix("OBJECT_")?.replace('_', " "))),
    };
    Some(format_compact!("{verb} {noun}"))
}

/// The catalog's word for an object type: `materialized view`.
pub fn kind_word(object: &str) -> String {
    match object {
        "OBJECT_FDW" => "foreign data wrapper".to_owned(),
        "OBJECT_FOREIGN_SERVER" => "server".to_owned(),
        "OBJECT_LARGEOBJECT" => "large object".to_owned(),
        "OBJECT_MATVIEW" => "materialized view".to_owned(),
        "OBJECT_STATISTIC_EXT" => "statistics".to_owned(),
        "OBJECT_TABCONSTRAINT" | "OBJECT_DOMCONSTRAINT" => "constraint".to_owned(),
        "OBJECT_OPCLASS" => "operator class".to_owned(),
        "OBJECT_OPFAMILY" => "operator family".to_owned(),
        "OBJECT_TSCONFIGURATION" => "text search configuration".to_owned(),
        "OBJECT_TSDICTIONARY" => "text search dictionary".to_owned(),
        "OBJECT_TSPARSER" => "text search parser".to_owned(),
        "OBJECT_TSTEMPLATE" => "text search template".to_owned(),
        other => other.strip_prefix("OBJECT_").unwrap_or(other).to_lowercase().replace('_', " "),
    }
}
