//! One statement to facts, through libpg_query: the one room that names pg_query. It sees names as they are written;
//! what they resolve to, only a server can say.

mod alter;
pub mod error;
pub mod facts;
mod functions;
mod identifiers;
mod objects;
mod parse;
mod tag;
mod tree;
mod uses;

use pg_query::protobuf::{ReindexObjectType, TransactionStmtKind};
use serde_json::Value;

pub use error::SqlError;
pub use facts::{
    Action, Alteration, ConstraintFacts, DefaultFacts, Facts, Flags, ObjectUse, Opaque, Setting, TransactionControl,
};
pub use identifiers::{Identifier, identifiers};
pub use parse::with_room;
use tree::{flag, is_set, list, number, of_kind, owned, string, text};
use uses::Uses;

/// The facts of exactly one statement, or why it cannot be understood.
///
/// ```
/// use pgwarrant::sql::{Action, classify};
/// let facts = classify("CREATE TABLE app.users (id int PRIMARY KEY);").unwrap();
/// assert_eq!(facts.tag, "CREATE TABLE");
/// let created = facts.of(Action::Create).next().unwrap();
/// assert_eq!((created.kind.as_str(), created.to_string().as_str()), ("table", "app.users"));
/// assert_eq!(classify("SELECT 1; SELECT 2").unwrap_err().to_string(),
///     "the text holds 2 statements where one is expected");
/// ```
pub fn classify(statement: &str) -> Result<Facts, SqlError> {
    with_room(|| classify_here(statement))?
}

fn classify_here(statement: &str) -> Result<Facts, SqlError> {
    let parsed = parse::parse(statement)?;
    let (kind, fields) = (parsed.kind.as_str(), &parsed.fields);
    let Some(tag) = tag::tag(kind, fields) else {
        return Err(SqlError::UnknownKind { kind: parsed.kind.clone() });
    };
    let uses = Uses::of(kind, fields);
    let alterations = alterations(kind, fields);
    let (languages, mut routine_options) = routine(kind, fields);
    routine_options.extend(uses.routine_sets.iter().map(|name| format!("SET {name}")));
    Ok(Facts {
        objects: all_objects(kind, fields, &uses),
        alter_commands: alterations.iter().map(|alteration| alteration.command.clone()).collect(),
        alterations,
        transaction: transaction(kind, fields),
        in_transaction: runs_in_transaction(kind, fields, &uses.flags),
        functions: uses.functions.into_iter().collect(),
        dynamic: uses.dynamic.into_iter().collect(),
        opaque: uses.opaque.into_iter().collect(),
        sets: uses.sets.into_iter().collect(),
        parameters: uses.parameters,
        inner: uses.inner.into_iter().collect(),
        flags: uses.flags,
        languages,
        routine_options,
        backslash_strings: parsed.backslash_strings,
        every_row: matches!(kind, "UpdateStmt" | "DeleteStmt") && !is_set(fields, "where_clause"),
        tag,
    })
}

/// The statement's own objects, and after them what it refers to.
fn all_objects(kind: &str, fields: &Value, uses: &Uses) -> Vec<ObjectUse> {
    let mut objects = objects::objects(kind, fields);
    for (schema, name) in &uses.writes {
        let known = objects
            .iter()
            .any(|object| object.action == Action::Write && object.schema == *schema && object.name == *name);
        if !known {
            objects.push(use_of(Action::Write, "relation", schema.as_ref(), name));
        }
    }
    for (schema, name) in &uses.relations {
        if !objects.iter().any(|object| object.schema == *schema && object.name == *name) {
            objects.push(use_of(Action::Reference, "relation", schema.as_ref(), name));
        }
    }
    for (schema, name) in &uses.types {
        if !objects.iter().any(|object| object.schema == *schema && object.name == *name) {
            objects.push(use_of(Action::Reference, "type", schema.as_ref(), name));
        }
    }
    objects
}

fn use_of(action: Action, kind: &str, schema: Option<&String>, name: &str) -> ObjectUse {
    ObjectUse { action, kind: kind.to_owned(), schema: schema.cloned(), name: name.to_owned(), column: None }
}

fn alterations(kind: &str, fields: &Value) -> Vec<Alteration> {
    match kind {
        "AlterTableStmt" => list(fields, "cmds")
            .iter()
            .filter_map(|item| of_kind(item, "AlterTableCmd"))
            .map(alter::alteration)
            .collect(),
        "RenameStmt" => {
            let command =
                if tag::object_type(fields, "rename_type") == "OBJECT_COLUMN" { "RENAME COLUMN" } else { "RENAME" };
            let name = owned(fields, "subname");
            vec![Alteration { command: command.to_owned(), name, ..Alteration::default() }]
        }
        "AlterObjectSchemaStmt" => vec![named_command("SET SCHEMA")],
        "AlterOwnerStmt" => vec![named_command("OWNER TO")],
        "AlterEnumStmt" if is_set(fields, "new_val") && text(fields, "old_val").is_none() => {
            vec![named_command("ADD VALUE")]
        }
        _ => Vec::new(),
    }
}

fn named_command(command: &str) -> Alteration {
    Alteration { command: command.to_owned(), ..Alteration::default() }
}

/// <https://www.postgresql.org/docs/current/sql-begin.html> and its relatives.
fn transaction(kind: &str, fields: &Value) -> Option<TransactionControl> {
    if kind != "TransactionStmt" {
        return None;
    }
    let chain = flag(fields, "chain");
    Some(match TransactionStmtKind::try_from(number(fields, "kind")).ok()? {
        TransactionStmtKind::TransStmtBegin | TransactionStmtKind::TransStmtStart => {
            TransactionControl::Begin { options: list(fields, "options").len() }
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

/// Statements the server refuses inside a transaction block (`PreventInTransactionBlock` in its source).
fn runs_in_transaction(kind: &str, fields: &Value, flags: &Flags) -> bool {
    let outside = match kind {
        "IndexStmt" | "DropStmt" | "AlterTableStmt" => flags.concurrently,
        "ReindexStmt" => {
            let whole = matches!(
                ReindexObjectType::try_from(number(fields, "kind")),
                Ok(ReindexObjectType::ReindexObjectSchema
                    | ReindexObjectType::ReindexObjectSystem
                    | ReindexObjectType::ReindexObjectDatabase)
            );
            whole || flags.concurrently
        }
        "VacuumStmt" => flag(fields, "is_vacuumcmd"),
        "ClusterStmt" => !is_set(fields, "relation"),
        "CreatedbStmt"
        | "DropdbStmt"
        | "CreateTableSpaceStmt"
        | "DropTableSpaceStmt"
        | "AlterSystemStmt"
        | "CreateSubscriptionStmt"
        | "DropSubscriptionStmt"
        | "AlterSubscriptionStmt" => true,
        "AlterDatabaseStmt" => list(fields, "options")
            .iter()
            .filter_map(|item| of_kind(item, "DefElem"))
            .any(|option| text(option, "defname") == Some("tablespace")),
        "DiscardStmt" => tag::tag(kind, fields).as_deref() == Some("DISCARD ALL"),
        "TransactionStmt" => matches!(
            transaction(kind, fields),
            Some(TransactionControl::CommitPrepared | TransactionControl::RollbackPrepared)
        ),
        _ => false,
    };
    !outside
}

/// The languages of a routine, and what it may do beyond its caller.
fn routine(kind: &str, fields: &Value) -> (Vec<String>, Vec<String>) {
    let (mut languages, mut options) = (Vec::new(), Vec::new());
    let elements = match kind {
        "CreateFunctionStmt" => list(fields, "options"),
        "AlterFunctionStmt" => list(fields, "actions"),
        "DoStmt" => list(fields, "args"),
        _ => return (languages, options),
    };
    for element in elements.iter().filter_map(|item| of_kind(item, "DefElem")) {
        match text(element, "defname") {
            Some("language") => languages.extend(string(&element["arg"]).map(str::to_lowercase)),
            Some("security") if of_kind(&element["arg"], "Boolean").is_some_and(|found| flag(found, "boolval")) => {
                options.push("SECURITY DEFINER".to_owned());
            }
            _ => {}
        }
    }
    // Without a LANGUAGE clause a DO block is PL/pgSQL, and a routine has an SQL body.
    if languages.is_empty() && kind != "AlterFunctionStmt" {
        languages.push(if kind == "DoStmt" { "plpgsql" } else { "sql" }.to_owned());
    }
    (languages, options)
}
