//! One statement to facts, through libpg_query: the one room that names pg_query. It sees names as they are written;
//! what they resolve to, only a server can say.

mod alter;
pub mod error;
pub mod facts;
mod functions;
mod library;
mod objects;
mod parse;
mod repeated;
mod routine;
mod shape;
mod tag;
mod transaction;
mod tree;
mod types;
mod uses;
mod wire;
mod writes;
mod written;

use std::collections::BTreeSet;

use compact_str::CompactString;

pub use error::SqlError;
pub use facts::{
    Action, Alteration, Body, BodyStatement, ConstraintFacts, DefaultFacts, Facts, Flags, IndexFacts, ObjectUse,
    Opaque, Setting, TransactionControl,
};
use parse::Parsed;
pub use parse::with_room;
use thin_vec::{ThinVec, thin_vec};
use tree::View;
use uses::{Name, Uses};
pub use written::{Identifier, identifiers, numbers};

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
    with_room(|| parse::parse(statement, facts))?
}

/// The facts of many statements, in their order, worked out over all cores.
pub fn classify_all(statements: &[&str]) -> Result<impl Iterator<Item = Result<Facts, SqlError>>, SqlError> {
    parse::work_on_all(statements, facts)
}

fn facts(statement: &str, parsed: Result<Parsed, SqlError>) -> Result<Facts, SqlError> {
    let Parsed { root, backslash_strings } = parsed?;
    let Some(tag) = tag::tag(root) else {
        return Err(SqlError::UnknownKind { kind: root.kind().to_owned() });
    };
    let mut uses = Uses::of(root);
    let (languages, mut routine_options) = routine::languages_and_options(root);
    routine_options.extend(uses.routine_sets.iter().map(|name| format!("SET {name}")));
    let mut objects = objects::objects(root);
    let mut steps = ThinVec::new();
    let body = routine::look(root, statement, &languages).map(|looked| {
        if root.is("DoStmt") {
            steps.extend(looked.statements().filter_map(step));
        }
        Box::new(body(root, looked, &mut uses, &mut objects))
    });
    let mut facts = told(root, tag, objects, uses);
    steps.shrink_to_fit();
    facts.objects.shrink_to_fit();
    facts.alterations.shrink_to_fit();
    facts.definitions.shrink_to_fit();
    Ok(Facts { languages, routine_options, body, backslash_strings, steps, ..facts })
}

/// What a statement inside a DO block does. Its places are not those of the script.
fn step(root: View) -> Option<Facts> {
    let mut facts = told(root, tag::tag(root)?, objects::objects(root), Uses::of(root));
    for part in facts.alterations.iter_mut().chain(&mut facts.definitions) {
        part.offset = None;
    }
    Some(facts)
}

fn told(root: View, tag: CompactString, objects: ThinVec<ObjectUse>, uses: Uses) -> Facts {
    Facts {
        objects: with_references(objects, &uses),
        alterations: alterations(root),
        definitions: alter::definitions(root),
        transaction: transaction::control(root),
        in_transaction: transaction::can_run_inside(root, &uses.flags),
        functions: uses.functions.into_iter().collect(),
        dynamic: uses.dynamic.into_iter().collect(),
        opaque: uses.opaque.into_iter().collect(),
        sets: uses.sets.into_iter().collect(),
        parameters: uses.parameters,
        inner: uses.inner.into_iter().collect(),
        flags: uses.flags,
        languages: ThinVec::new(),
        routine_options: ThinVec::new(),
        body: None,
        backslash_strings: false,
        every_row: matches!(root.kind(), "UpdateStmt" | "DeleteStmt") && !root.is_set("where_clause"),
        unbounded: writes::are_unbounded(root),
        index: alter::index(root),
        repeated: repeated::column(root).map(Into::into),
        steps: ThinVec::new(),
        tag,
    }
}

/// A DO block runs at once: all that its body does is the statement's own. A routine's body runs later, for others:
/// what cannot be seen in it counts now, what it does is told.
fn body(root: View, mut looked: routine::Looked, uses: &mut Uses, objects: &mut ThinVec<ObjectUse>) -> Body {
    let mut body = std::mem::take(&mut looked.body);
    body.functions = looked.uses.functions.iter().cloned().collect();
    body.relations = looked.uses.relations.iter().map(written).collect();
    body.cascade = looked.uses.flags.cascade;
    if root.is("DoStmt") {
        uses.inner.extend(body.statements.iter().map(|statement| statement.tag.to_string()));
        objects.extend(looked.statements().flat_map(objects::objects));
        uses.merge(looked.uses);
    } else {
        uses.opaque.extend(looked.uses.opaque);
        uses.dynamic.extend(looked.uses.dynamic);
    }
    body
}

fn written((schema, name): &Name) -> String {
    use_of(Action::Reference, "relation", schema.as_ref(), name).to_string()
}

/// The statement's own objects, and after them what it writes to and refers to.
fn with_references(mut objects: ThinVec<ObjectUse>, uses: &Uses) -> ThinVec<ObjectUse> {
    for (schema, name) in &uses.writes {
        let known = objects
            .iter()
            .any(|object| object.action == Action::Write && object.schema == *schema && object.name == *name);
        if !known {
            objects.push(use_of(Action::Write, "relation", schema.as_ref(), name));
        }
    }
    let mut named: BTreeSet<(Option<&str>, &str)> =
        objects.iter().map(|object| (object.schema.as_deref(), object.name.as_str())).collect();
    let mut references = Vec::new();
    for (kind, names) in [("relation", &uses.relations), ("type", &uses.types)] {
        for (schema, name) in names {
            if named.insert((schema.as_deref(), name)) {
                references.push(use_of(Action::Reference, kind, schema.as_ref(), name));
            }
        }
    }
    objects.extend(references);
    objects
}

fn use_of(action: Action, kind: &str, schema: Option<&CompactString>, name: &str) -> ObjectUse {
    ObjectUse { action, kind: kind.into(), schema: schema.cloned(), name: name.into(), column: None }
}

fn alterations(root: View) -> ThinVec<Alteration> {
    match root.kind() {
        "AlterTableStmt" => root.list_of("cmds", "AlterTableCmd").map(alter::alteration).collect(),
        "RenameStmt" => {
            let command =
                if tag::object_type(root, "rename_type") == "OBJECT_COLUMN" { "RENAME COLUMN" } else { "RENAME" };
            let name = root.owned("subname");
            thin_vec![Alteration { command: command.into(), name, ..Alteration::default() }]
        }
        "AlterObjectSchemaStmt" => thin_vec![named_command("SET SCHEMA")],
        "AlterOwnerStmt" => thin_vec![named_command("OWNER TO")],
        "AlterEnumStmt" if root.text("old_val").is_some() => thin_vec![named_command("RENAME VALUE")],
        "AlterEnumStmt" if root.is_set("new_val") => thin_vec![Alteration {
            command: "ADD VALUE".into(),
            name: root.owned("new_val"),
            guarded: root.flag("skip_if_new_val_exists"),
            beside: root.text("new_val_neighbor").map(Into::into),
            ..Alteration::default()
        }],
        "AlterDomainStmt" => thin_vec![alter::domain(root)],
        _ => ThinVec::new(),
    }
}

fn named_command(command: &str) -> Alteration {
    Alteration { command: command.into(), ..Alteration::default() }
}
