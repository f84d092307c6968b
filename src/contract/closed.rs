//! `nothing else changes`: which statement of the change accounts for which object of the delta.
//!
//! A statement answers for what it names, in the way it names it: CREATE for what was created, DROP for what was
//! dropped, and either of them or ALTER for what lies inside (columns, constraints, indexes of a table). COMMENT answers
//! for a comment and nothing else, GRANT for privileges, CREATE INDEX for an index, CREATE TRIGGER, RULE and POLICY for
//! that one part. Writing rows answers for no structure at all.

use compact_str::CompactString;

use crate::base::{QualifiedName, quote_ident};
use crate::catalog::Key;
use crate::catalog::kinds::system_object::GIVEN_TO;
use crate::catalog::system::{SYSTEM_COMMENTS, SYSTEM_DEFINITIONS};
use crate::delta::{Change, Form};
use crate::sql::{Action, Facts, ObjectUse};

/// Whether one of the statements accounts for the change. The snapshots call their database `current`, statements call it
/// by its name.
pub fn accounts_for(statements: &[Facts], change: &Change, database: &str) -> bool {
    statements.iter().any(|facts| facts.objects.iter().any(|object| answers(facts, object, change, database)))
}

fn answers(facts: &Facts, object: &ObjectUse, change: &Change, database: &str) -> bool {
    let names = |object: &ObjectUse, key: &Key| names(object, key, database);
    let exact = names(object, &change.key) || speaks_of_the_servers_own(facts, object, change);
    let inside = change.within.iter().any(|key| key.kind != "schema" && names(object, key));
    match (object.action, facts.tag.as_str()) {
        (Action::Reference, _) => false,
        // REFRESH fills a materialized view, which is a fact of it.
        (Action::Write, _) => exact && change.key.kind == "materialized_view",
        (_, "COMMENT") => exact && (only(change, "comment") || comes_by_words(&change.key) || is_a_digest(change)),
        (_, "ALTER DEFAULT PRIVILEGES" | "ALTER ROLE") => exact,
        (_, "GRANT" | "REVOKE") => {
            let in_schema =
                object.kind == "schema" && change.key.path.first().is_some_and(|schema| *schema == object.name);
            (exact || inside || in_schema) && (only(change, "acl") || comes_by_words(&change.key))
        }
        (Action::Alter, "CREATE INDEX") => inside && change.key.kind == "index" && change.change == Form::Created,
        (action, _) => {
            let given_away = action == Action::Alter && is_given_away(change);
            inside || (exact && (given_away || fits(action, change.change))) || owns(object, change)
        }
    }
}

/// Whether an object that the server brought has another owner, or has its first one again.
fn is_given_away(change: &Change) -> bool {
    let stands = change.object.as_ref().is_some_and(|object| object.facts.contains_key(GIVEN_TO));
    change.key.kind == "system_object" && (stands || change.fields.iter().any(|field| field.field == GIVEN_TO))
}

/// What is said of the server's own objects, or made of them, is a digest among the facts of the database.
fn is_a_digest(change: &Change) -> bool {
    change.key.kind == "database" && [SYSTEM_COMMENTS, SYSTEM_DEFINITIONS].iter().any(|fact| only(change, fact))
}

/// Whether a statement speaks of an object that the server brought, and the change is of the digest that holds it.
fn speaks_of_the_servers_own(facts: &Facts, object: &ObjectUse, change: &Change) -> bool {
    let standard = |schema: &str| matches!(schema, "pg_catalog" | "information_schema");
    let own = match (&object.schema, object.kind.as_str()) {
        (Some(schema), _) => standard(schema),
        (None, "schema") => standard(&object.name),
        (None, kind) => matches!(kind, "access method" | "cast" | "language"),
    };
    let fact = if facts.tag == "COMMENT" { SYSTEM_COMMENTS } else { SYSTEM_DEFINITIONS };
    own && change.key.kind == "database" && only(change, fact)
}

/// What is an object of the snapshot because something was granted on it or said about it.
fn comes_by_words(key: &Key) -> bool {
    matches!(key.kind.as_str(), "system_object" | "large_object")
}

fn fits(action: Action, form: Form) -> bool {
    match form {
        Form::Created => action == Action::Create,
        Form::Dropped => action == Action::Drop,
        Form::Altered => true,
    }
}

/// An altered object of which only this differs.
fn only(change: &Change, field: &str) -> bool {
    change.change == Form::Altered
        && change.fields.iter().all(|found| found.field == field || found.field.starts_with(&format!("{field}.")))
}

/// A sequence behind a column goes with the column's table.
fn owns(object: &ObjectUse, change: &Change) -> bool {
    let owner = change.object.as_ref().and_then(|object| object.text("owned_by").or(object.text("identity_of")));
    let (Some(owner), Some(schema)) = (owner, &object.schema) else { return false };
    change.key.kind == "sequence"
        && owner.starts_with(&format!("{}.", QualifiedName::new(schema.as_str(), object.name.as_str())))
}

/// Whether a statement's object is this key: of the same family, with the same names.
fn names(object: &ObjectUse, key: &Key, database: &str) -> bool {
    let path = |at: usize| key.path.get(at).map(CompactString::as_str);
    let kind = object.kind.replace(' ', "_");
    match key.kind.as_str() {
        "database" => return kind == "database" && object.name == database,
        "setting" => return kind == "setting" && object.name == database && path(1) == object.column.as_deref(),
        "user_mapping" => {
            return kind == key.kind && path(0) == Some(&object.name) && path(1) == object.column.as_deref();
        }
        "default_privilege" => {
            // Without a role they are those of whoever runs it.
            let of_role = object.column.is_none() || path(0) == object.column.as_deref();
            let schema = if key.path.len() == 3 { path(1) } else { None };
            return kind == key.kind && of_role && schema == object.schema.as_deref() && key.name() == object.name;
        }
        "system_object" => return names_system(object, key.name()),
        _ => {}
    }
    if let Some(part) = &object.column {
        return kind == key.kind
            && path(0) == object.schema.as_deref()
            && path(1) == Some(&object.name)
            && path(2) == Some(part);
    }
    match &object.schema {
        // What lies in no schema has one name. Names without a schema are refused long before this.
        None => kind == key.kind && key.path.len() == 1 && path(0) == Some(&object.name),
        Some(schema) => {
            // A routine and an operator bear their arguments, an operator class its access method.
            let own = path(1).map(|name| name.split_once('(').map_or(name, |(name, _)| name));
            let own = own.map(|name| name.split_once(" USING ").map_or(name, |(name, _)| name));
            family(&kind) == family(&key.kind)
                && key.path.len() == 2
                && path(0) == Some(schema)
                && own.is_some_and(|own| own == object.name || own == quote_ident(&object.name))
        }
    }
}

/// Whether a statement's object is one that the server brought, by its identity: `pg_catalog.now()`, or a schema.
fn names_system(object: &ObjectUse, identity: &str) -> bool {
    let own = quote_ident(&object.name);
    let Some(schema) = &object.schema else { return own == identity };
    let rest = identity.strip_prefix(&format!("{}.{own}", quote_ident(schema)));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['(', '.']))
}

/// Kinds that share a name space, whatever word a statement uses for them.
fn family(kind: &str) -> &str {
    match kind {
        "table" | "view" | "materialized_view" | "sequence" | "index" | "foreign_table" | "relation" => "relation",
        "function" | "procedure" | "aggregate" | "routine" => "routine",
        "type" | "enum" | "domain" | "composite_type" | "range_type" | "base_type" => "type",
        other => other,
    }
}
