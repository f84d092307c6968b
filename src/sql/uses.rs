//! What stands anywhere in a statement: calls, relations, types, settings. One generic scan over the whole tree, so
//! that no context in which a function can hide (defaults, checks, index expressions, policies, ...) is left out.

use std::collections::BTreeSet;

use compact_str::CompactString;
use pg_query::protobuf::OnCommitAction;

use super::facts::{Flags, Opaque, Setting};
use super::functions;
use super::tree::View;
use super::types;

/// A name and the schema before it, as written.
pub type Name = (Option<CompactString>, CompactString);

/// What the scan brings home.
#[derive(Debug, Default)]
pub struct Uses {
    pub relations: BTreeSet<Name>,
    pub writes: BTreeSet<Name>,
    pub inner: BTreeSet<String>,
    pub types: BTreeSet<Name>,
    pub functions: BTreeSet<String>,
    pub opaque: BTreeSet<Opaque>,
    pub dynamic: BTreeSet<Opaque>,
    pub sets: BTreeSet<Setting>,
    pub routine_sets: BTreeSet<String>,
    pub parameters: usize,
    pub flags: Flags,
}

impl Uses {
    pub fn of(root: View) -> Self {
        let mut uses = Self::default();
        let kind = root.kind();
        let is_routine = matches!(kind, "CreateFunctionStmt" | "AlterFunctionStmt");
        let mut expressions = BTreeSet::new();
        for node in root.nodes() {
            let mut names_a_function = false;
            for field in node.inside() {
                names_a_function |= uses.field(node, field);
            }
            match node.kind() {
                "RangeVar" => uses.relation(node),
                "CommonTableExpr" => expressions.extend(node.text("ctename")),
                "TypeName" => uses.type_name(node),
                "AExpr" => uses.operator(&node.get("name").strings()),
                "ParamRef" if kind != "PrepareStmt" => uses.parameters += 1,
                "VariableSetStmt" => uses.setting(node, is_routine),
                "InsertStmt" | "UpdateStmt" | "DeleteStmt" | "MergeStmt" => {
                    // What a rule or a routine holds runs later, and is not this statement's.
                    uses.write(node, node != root && !is_routine && kind != "RuleStmt");
                }
                "CreateFunctionStmt" => {}
                // What a trigger calls, it calls later.
                "CreateTrigStmt" | "CreateEventTrigStmt" => uses.call(node, node != root),
                // Whatever names a function calls it: `FuncCall`, and every node that is added to the grammar later.
                _ if names_a_function => uses.call(node, true),
                _ => {}
            }
        }
        // `$1` names an argument inside a routine's own body.
        if is_routine {
            uses.parameters -= root.get("sql_body").nodes().filter(|node| node.is("ParamRef")).count();
        }
        if kind == "CreateSchemaStmt" {
            // Its elements lie in the new schema, and are known as its objects.
            let inner: BTreeSet<CompactString> =
                super::objects::objects(root).into_iter().map(|object| object.name).collect();
            uses.relations.retain(|(schema, name)| schema.is_some() || !inner.contains(name));
        }
        uses.relations.retain(|(schema, name)| schema.is_some() || !expressions.contains(name.as_str()));
        uses.statement(root);
        uses
    }

    /// What a body holds is added to what its statement says.
    pub fn merge(&mut self, other: Self) {
        self.relations.extend(other.relations);
        self.writes.extend(other.writes);
        self.inner.extend(other.inner);
        self.types.extend(other.types);
        self.functions.extend(other.functions);
        self.opaque.extend(other.opaque);
        self.dynamic.extend(other.dynamic);
        self.sets.extend(other.sets);
        self.flags |= other.flags;
    }

    fn relation(&mut self, node: View) {
        let Some(name) = node.owned("relname") else { return };
        let schema = node.owned("schemaname");
        let temporary = schema.as_deref().is_some_and(|schema| schema.starts_with("pg_temp"));
        let persistence = node.text("relpersistence");
        self.flags.temporary |= temporary || persistence == Some("t");
        self.flags.unlogged |= persistence == Some("u");
        self.relations.insert((schema, name));
    }

    fn write(&mut self, node: View, inside: bool) {
        let relation = node.get("relation");
        if let Some(name) = relation.owned("relname") {
            self.writes.insert((relation.owned("schemaname"), name));
        }
        if inside {
            self.inner.insert(node.kind().trim_end_matches("Stmt").to_uppercase());
        }
    }

    fn type_name(&mut self, node: View) {
        match node.get("names").strings().as_slice() {
            [name] if !types::is_system(name) => {
                self.types.insert((None, (*name).into()));
            }
            [schema, name] if *schema != "pg_catalog" => {
                self.types.insert((Some((*schema).into()), (*name).into()));
            }
            _ => {}
        }
    }

    /// What a field tells by its name, in whatever node it stands. Whether the node names a function by it.
    fn field(&mut self, node: View, field: View) -> bool {
        match field.name() {
            "funcname" => return true,
            // A foreign key's actions are fields of their own.
            "behavior" => self.flags.cascade |= cascades(node),
            "defname" => {
                let name = field.content();
                self.flags.cascade |= name == Some("cascade");
                self.flags.concurrently |= name == Some("concurrently") && !is_false(node.get("arg"));
                self.flags.full |= name == Some("full") && !is_false(node.get("arg"));
            }
            "missing_ok" => self.flags.if_exists = true,
            "if_not_exists" | "skip_if_new_val_exists" => self.flags.if_not_exists = true,
            "concurrent" => self.flags.concurrently = true,
            "skip_validation" => self.flags.not_valid = true,
            "replace" => self.flags.or_replace = true,
            "fk_del_action" | "fk_upd_action" => self.flags.on_delete_cascade |= field.content() == Some("c"),
            // Operator classes and operators that are named outside expressions.
            "opclass" | "use_op" | "oper_name" | "exclude_op_names" => self.operator(&field.strings()),
            "exclusions" => {
                for exclusion in field.inside() {
                    let operator = exclusion.list("items").nth(1);
                    self.operator(&operator.map(View::strings).unwrap_or_default());
                }
            }
            _ => {}
        }
        false
    }

    fn call(&mut self, node: View, called: bool) {
        let name = node.get("funcname").strings();
        let written = name.join(".");
        if called && functions::runs_text(&name) {
            let because = "it runs SQL that is given to it as text".to_owned();
            self.dynamic.insert(Opaque { what: format!("function {written}"), because });
        }
        if called && !functions::is_plain(&name) {
            let because = "nothing in the script shows what it does".to_owned();
            self.opaque.insert(Opaque { what: format!("function {written}"), because });
        }
        if name.last() == Some(&"set_config") {
            let mut arguments = node.list("args");
            let name = arguments.next().and_then(literal).unwrap_or_else(|| "*".to_owned());
            self.sets.insert(Setting { name, local: false, value: arguments.next().and_then(literal) });
        }
        self.functions.insert(written);
    }

    fn operator(&mut self, name: &[&str]) {
        if let [schema, operator] = name
            && *schema != "pg_catalog"
        {
            let because = "an operator outside pg_catalog calls a function of its own".to_owned();
            self.opaque.insert(Opaque { what: format!("operator {schema}.{operator}"), because });
        }
    }

    fn setting(&mut self, node: View, of_routine: bool) {
        let name = node.text("name").map_or_else(|| "*".to_owned(), str::to_lowercase);
        if of_routine {
            self.routine_sets.insert(name);
            return;
        }
        let mut arguments = node.list("args");
        let value = match (arguments.next(), arguments.next()) {
            (Some(only), None) => literal(only),
            _ => None,
        };
        self.sets.insert(Setting { name, local: node.flag("is_local"), value });
    }

    /// What the kind of statement says about itself.
    fn statement(&mut self, root: View) {
        let kind = root.kind();
        let opaque = |what: &str, because: &str| Opaque { what: what.to_owned(), because: because.to_owned() };
        match kind {
            "CreateStmt" => {
                let dropped = OnCommitAction::try_from(root.number("oncommit")) == Ok(OnCommitAction::OncommitDrop);
                self.flags.on_commit_drop = dropped;
            }
            "CallStmt" => {
                self.opaque.insert(opaque("CALL", "a procedure can do anything, transactions included"));
            }
            "ExecuteStmt" => {
                self.dynamic.insert(opaque("EXECUTE", "it runs a statement prepared elsewhere"));
            }
            "PrepareStmt" | "DeclareCursorStmt" | "FetchStmt" => {
                self.dynamic.insert(opaque(kind.trim_end_matches("Stmt"), "it keeps a statement for later"));
            }
            "LoadStmt" | "CreateExtensionStmt" | "AlterExtensionStmt" | "ImportForeignSchemaStmt" => {
                self.opaque
                    .insert(opaque(kind.trim_end_matches("Stmt"), "it brings in objects or code from elsewhere"));
            }
            "ExplainStmt" => {
                self.opaque.insert(opaque("EXPLAIN", "planning alone can run functions"));
            }
            "DefineStmt"
            | "CreateRangeStmt"
            | "CreateCastStmt"
            | "CreateTransformStmt"
            | "CreateOpClassStmt"
            | "AlterOpFamilyStmt"
            | "CreateConversionStmt"
            | "CreateAmStmt"
            | "CreateFdwStmt"
            | "AlterFdwStmt"
            | "CreatePLangStmt"
            | "CreateEventTrigStmt"
            | "CreateForeignServerStmt"
            | "CreateUserMappingStmt" => {
                let what = kind.trim_start_matches("Create").trim_end_matches("Stmt").to_lowercase();
                self.opaque.insert(opaque(&what, "it binds functions that the script does not show"));
            }
            _ => {}
        }
    }
}

/// `CASCADE` as a drop behaviour.
pub fn cascades(node: View) -> bool {
    // DropBehavior of the server's parsenodes.h: 2 is CASCADE.
    node.number("behavior") == 2
}

fn is_false(value: View) -> bool {
    literal(value).is_some_and(|text| matches!(text.as_str(), "false" | "off" | "0"))
        || (value.is("Boolean") && !value.flag("boolval"))
}

/// The text of a constant.
pub fn literal(value: View) -> Option<String> {
    match value.kind() {
        "String" => value.string().map(str::to_owned),
        "TypeCast" => literal(value.get("arg")),
        "AConst" => {
            let constant = value.get("val");
            match constant.kind() {
                "String" => constant.string().map(str::to_owned),
                "Integer" => Some(constant.number("ival").to_string()),
                "Float" => constant.text("fval").map(str::to_owned),
                "Boolean" => Some(constant.flag("boolval").to_string()),
                _ => None,
            }
        }
        _ => None,
    }
}
