//! What stands anywhere in a statement: calls, relations, types, settings. One generic walk over the whole tree, so
//! that no context in which a function can hide (defaults, checks, index expressions, policies, ...) is left out.

use std::collections::BTreeSet;

use serde_json::Value;

use super::facts::{Flags, Opaque, Setting};
use super::functions;
use super::tree::{flag, is_set, list, number, of_kind, owned, strings, text, walk};

/// Types of pg_catalog that are written without a schema.
const TYPES: &str = "text uuid json jsonb bytea date money name oid xml inet cidr macaddr macaddr8 point line lseg box \
    path polygon circle tsvector tsquery serial smallserial bigserial serial2 serial4 serial8 int2 int4 int8 float4 \
    float8 bool numeric timestamptz timestamp time timetz interval varchar bpchar bit varbit char void record trigger \
    event_trigger anyelement anyarray anyenum anynonarray anyrange regclass regproc regprocedure regoper regoperator \
    regtype regrole regnamespace regconfig regdictionary int4range int8range numrange tsrange tstzrange daterange \
    int4multirange int8multirange nummultirange tsmultirange tstzmultirange datemultirange xid xid8 cid tid pg_lsn \
    txid_snapshot pg_snapshot jsonpath internal cstring language_handler fdw_handler refcursor int2vector oidvector";

/// What the walk brings home.
#[derive(Default)]
pub struct Uses {
    pub relations: BTreeSet<(Option<String>, String)>,
    pub writes: BTreeSet<(Option<String>, String)>,
    pub inner: BTreeSet<String>,
    pub types: BTreeSet<(Option<String>, String)>,
    pub functions: BTreeSet<String>,
    pub opaque: BTreeSet<Opaque>,
    pub dynamic: BTreeSet<Opaque>,
    pub sets: BTreeSet<Setting>,
    pub routine_sets: BTreeSet<String>,
    pub parameters: usize,
    pub flags: Flags,
}

impl Uses {
    pub fn of(kind: &str, fields: &Value) -> Self {
        let mut uses = Self::default();
        let is_routine = matches!(kind, "CreateFunctionStmt" | "AlterFunctionStmt");
        let is_trigger = matches!(kind, "CreateTrigStmt" | "CreateEventTrigStmt");
        let mut expressions = BTreeSet::new();
        walk(fields, kind, &mut |under, value| {
            uses.relation(value, &mut expressions);
            uses.type_name(value);
            uses.behaviour(value);
            if let Some(call) = value.get("funcname").filter(|name| name.is_array())
                && under != "CreateFunctionStmt"
            {
                let called = !(is_trigger && under == kind);
                uses.call(&strings(call), value, called);
            }
            if under == "AExpr" {
                uses.operator(&strings(&value["name"]));
            }
            uses.classes(value);
            if under == "ParamRef" && kind != "PrepareStmt" {
                uses.parameters += 1;
            }
            if value.get("jumble_args").is_some() || (value.get("is_local").is_some() && value.get("args").is_some()) {
                uses.setting(value, is_routine);
            }
            if matches!(under, "InsertStmt" | "UpdateStmt" | "DeleteStmt" | "MergeStmt")
                && let Some(name) = owned(&value["relation"], "relname")
            {
                uses.writes.insert((owned(&value["relation"], "schemaname"), name));
                // What a rule or a routine holds runs later, and is not this statement's.
                if !std::ptr::eq(value, fields) && !is_routine && kind != "RuleStmt" {
                    uses.inner.insert(under.trim_end_matches("Stmt").to_uppercase());
                }
            }
        });
        // `$1` names an argument inside a routine's own body.
        if is_routine && let Some(body) = fields.get("sql_body") {
            walk(body, "", &mut |under, _| {
                if under == "ParamRef" {
                    uses.parameters -= 1;
                }
            });
        }
        if kind == "CreateSchemaStmt" {
            // Its elements lie in the new schema, and are known as its objects.
            let inner: BTreeSet<String> =
                super::objects::objects(kind, fields).into_iter().map(|object| object.name).collect();
            uses.relations.retain(|(schema, name)| schema.is_some() || !inner.contains(name));
        }
        uses.relations.retain(|(schema, name)| schema.is_some() || !expressions.contains(name));
        uses.statement(kind, fields);
        uses
    }

    fn relation(&mut self, value: &Value, expressions: &mut BTreeSet<String>) {
        if let (Some(name), true) = (owned(value, "relname"), value.get("relpersistence").is_some()) {
            let schema = owned(value, "schemaname");
            let temporary = schema.as_deref().is_some_and(|schema| schema.starts_with("pg_temp"));
            self.flags.temporary |= temporary || text(value, "relpersistence") == Some("t");
            self.flags.unlogged |= text(value, "relpersistence") == Some("u");
            self.relations.insert((schema, name));
        }
        if let Some(name) = owned(value, "ctename") {
            expressions.insert(name);
        }
    }

    fn type_name(&mut self, value: &Value) {
        if value.get("names").is_none() || value.get("typemod").is_none() {
            return;
        }
        match strings(&value["names"]).as_slice() {
            [name] if !TYPES.split_ascii_whitespace().any(|known| known == name) => {
                self.types.insert((None, name.clone()));
            }
            [schema, name] if schema != "pg_catalog" => {
                self.types.insert((Some(schema.clone()), name.clone()));
            }
            _ => {}
        }
    }

    fn behaviour(&mut self, value: &Value) {
        // DropBehavior: 2 is CASCADE. A foreign key's actions are fields of their own.
        self.flags.cascade |= number(value, "behavior") == 2;
        self.flags.cascade |= text(value, "defname") == Some("cascade");
        self.flags.if_exists |= flag(value, "missing_ok");
        self.flags.if_not_exists |= flag(value, "if_not_exists") || flag(value, "skip_if_new_val_exists");
        self.flags.concurrently |=
            flag(value, "concurrent") || (text(value, "defname") == Some("concurrently") && !is_false(&value["arg"]));
        self.flags.not_valid |= flag(value, "skip_validation");
        self.flags.or_replace |= flag(value, "replace");
        self.flags.on_delete_cascade |=
            text(value, "fk_del_action") == Some("c") || text(value, "fk_upd_action") == Some("c");
    }

    fn call(&mut self, name: &[String], fields: &Value, called: bool) {
        let written = name.join(".");
        if called && functions::runs_text(name) {
            let because = "it runs SQL that is given to it as text".to_owned();
            self.dynamic.insert(Opaque { what: format!("function {written}"), because });
        }
        if called && !functions::is_plain(name) {
            let because = "nothing in the script shows what it does".to_owned();
            self.opaque.insert(Opaque { what: format!("function {written}"), because });
        }
        if name.last().is_some_and(|last| last == "set_config") {
            let arguments = list(fields, "args");
            let name = arguments.first().and_then(literal).unwrap_or_else(|| "*".to_owned());
            self.sets.insert(Setting { name, local: false, value: arguments.get(1).and_then(literal) });
        }
        self.functions.insert(written);
    }

    fn operator(&mut self, name: &[String]) {
        if let [schema, operator] = name
            && schema != "pg_catalog"
        {
            let because = "an operator outside pg_catalog calls a function of its own".to_owned();
            self.opaque.insert(Opaque { what: format!("operator {schema}.{operator}"), because });
        }
    }

    /// Operator classes and operators that are named outside expressions.
    fn classes(&mut self, value: &Value) {
        for field in ["opclass", "use_op", "oper_name", "exclude_op_names"] {
            self.operator(&value.get(field).map(strings).unwrap_or_default());
        }
        for exclusion in list(value, "exclusions") {
            let items = of_kind(exclusion, "List").map(|found| list(found, "items")).unwrap_or_default();
            self.operator(&items.get(1).map(strings).unwrap_or_default());
        }
    }

    fn setting(&mut self, fields: &Value, of_routine: bool) {
        let name = text(fields, "name").map_or_else(|| "*".to_owned(), str::to_lowercase);
        if of_routine {
            self.routine_sets.insert(name);
            return;
        }
        let value = match list(fields, "args") {
            [only] => literal(only),
            _ => None,
        };
        self.sets.insert(Setting { name, local: flag(fields, "is_local"), value });
    }

    /// What the kind of statement says about itself.
    fn statement(&mut self, kind: &str, fields: &Value) {
        let opaque = |what: &str, because: &str| Opaque { what: what.to_owned(), because: because.to_owned() };
        match kind {
            "DoStmt" => {
                self.opaque.insert(opaque("DO block", "its body is a program"));
                self.dynamic.insert(opaque("DO block", "it runs at once whatever its body puts together"));
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
            | "CreatePlangStmt"
            | "CreateEventTrigStmt"
            | "CreateForeignServerStmt"
            | "CreateUserMappingStmt" => {
                let what = kind.trim_start_matches("Create").trim_end_matches("Stmt").to_lowercase();
                self.opaque.insert(opaque(&what, "it binds functions that the script does not show"));
            }
            "CreateFunctionStmt" if !is_set(fields, "sql_body") => {
                self.opaque.insert(opaque("function body", "it is a string that is not looked into"));
            }
            _ => {}
        }
    }
}

fn is_false(value: &Value) -> bool {
    literal(value).is_some_and(|text| matches!(text.as_str(), "false" | "off" | "0"))
        || of_kind(value, "Boolean").is_some_and(|found| !flag(found, "boolval"))
}

/// The text of a constant.
fn literal(value: &Value) -> Option<String> {
    if let Some(found) = of_kind(value, "String") {
        return owned(found, "sval");
    }
    if let Some(cast) = of_kind(value, "TypeCast") {
        return literal(&cast["arg"]);
    }
    let constant = of_kind(value, "AConst")?;
    let (kind, payload) = constant["val"].as_object()?.iter().next()?;
    match kind.as_str() {
        "Sval" => payload["sval"].as_str().map(str::to_owned),
        "Ival" => payload["ival"].as_i64().map(|number| number.to_string()),
        "Fval" => payload["fval"].as_str().map(str::to_owned),
        "Boolval" => payload["boolval"].as_bool().map(|value| value.to_string()),
        _ => None,
    }
}
