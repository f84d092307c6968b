//! Routines and DO blocks: their language, what they may do beyond their caller, and what their bodies hold.

use pg_query::ParserOptions;
use serde_json::Value;
use thin_vec::ThinVec;

use super::facts::{Body, BodyStatement, Opaque};
use super::parse;
use super::tag;
use super::tree::{Tree, View};
use super::uses::Uses;

/// The languages, and the options: `SECURITY DEFINER`.
pub fn languages_and_options(node: View) -> (ThinVec<String>, ThinVec<String>) {
    let (mut languages, mut options) = (ThinVec::new(), ThinVec::new());
    for element in elements(node) {
        let argument = element.get("arg");
        match element.text("defname") {
            Some("language") => languages.extend(argument.string().map(str::to_lowercase)),
            Some("security") if argument.flag("boolval") => options.push("SECURITY DEFINER".to_owned()),
            _ => {}
        }
    }
    // Without a LANGUAGE clause a DO block is PL/pgSQL, and a routine has an SQL body.
    match node.kind() {
        "DoStmt" if languages.is_empty() => languages.push("plpgsql".to_owned()),
        "CreateFunctionStmt" if languages.is_empty() => languages.push("sql".to_owned()),
        _ => {}
    }
    (languages, options)
}

fn elements(node: View) -> impl Iterator<Item = View> {
    let field = match node.kind() {
        "CreateFunctionStmt" => "options",
        "AlterFunctionStmt" => "actions",
        "DoStmt" => "args",
        _ => "",
    };
    node.list_of(field, "DefElem")
}

/// What a body holds, and the uses of all of it.
#[derive(Debug, Default)]
pub struct Looked {
    pub body: Body,
    pub uses: Uses,
    trees: Vec<Tree>,
}

/// Looks into a body that is given as text. None where there is none, or where it is part of the statement's syntax.
pub fn look(node: View, statement: &str, languages: &[String]) -> Option<Looked> {
    if !matches!(node.kind(), "CreateFunctionStmt" | "DoStmt") || node.is_set("sql_body") {
        return None;
    }
    let argument = elements(node).find(|element| element.text("defname") == Some("as"))?.get("arg");
    let text = argument.strings().first().copied().unwrap_or("");
    let mut looked = Looked::default();
    match (languages, node.get("return_type").get("names").strings().last()) {
        ([language], Some(&("trigger" | "event_trigger"))) if language == "plpgsql" => {
            looked.plpgsql(&as_plain_function(text));
        }
        ([language], _) if language == "plpgsql" => looked.plpgsql(statement),
        ([language], _) if language == "sql" => looked.sql(text),
        _ => looked.opaque("body", "its language is not looked into"),
    }
    Some(looked)
}

/// What libpg_query gives for a trigger function is no JSON: it leaves a hole for each variable a trigger brings
/// along. As arguments of a plain function the same variables are told of like any other.
fn as_plain_function(body: &str) -> String {
    format!(
        "CREATE FUNCTION f(new record, old record, tg_name name, tg_when text, tg_level text, tg_op text, tg_relid oid, \
         tg_relname name, tg_table_name name, tg_table_schema name, tg_nargs int, tg_argv text[], tg_event text, \
         tg_tag text) RETURNS record LANGUAGE plpgsql AS '{}'",
        body.replace('\'', "''")
    )
}

impl Looked {
    fn opaque(&mut self, what: &str, because: &str) {
        self.uses.opaque.insert(Opaque { what: what.to_owned(), because: because.to_owned() });
    }

    fn sql(&mut self, text: &str) {
        match parse::trees(text, ParserOptions::DEFAULT) {
            Ok(tree) => self.add(tree, None),
            Err(error) => self.opaque("body", &format!("it cannot be read: {error}")),
        }
    }

    fn plpgsql(&mut self, statement: &str) {
        match parse::plpgsql(statement) {
            Ok(compiled) => self.node(&compiled, None),
            Err(error) => self.opaque("body", &format!("it cannot be read: {error}")),
        }
    }

    /// Goes through what the compiler made of a body: every expression, wherever it stands.
    fn node(&mut self, value: &Value, line: Option<u64>) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.node(item, line)),
            Value::Object(fields) => {
                let line = fields.get("lineno").and_then(Value::as_u64).or(line);
                for (name, field) in fields {
                    match name.as_str() {
                        "PLpgSQL_expr" => self.expression(field, line),
                        "PLpgSQL_stmt_dynexecute" | "PLpgSQL_stmt_dynfors" => {
                            self.dynamic();
                            self.node(field, line);
                        }
                        "PLpgSQL_stmt_commit" | "PLpgSQL_stmt_rollback" => {
                            let word = name.trim_start_matches("PLpgSQL_stmt_").to_uppercase();
                            self.opaque(&format!("{word} in the body"), "it ends the transaction around it");
                        }
                        "PLpgSQL_stmt_call" => {
                            self.opaque("CALL in the body", "a procedure can do anything, transactions included");
                            self.node(field, line);
                        }
                        _ if name.starts_with("PLpgSQL_stmt_") && !KNOWN.contains(&&name["PLpgSQL_stmt_".len()..]) => {
                            self.opaque(name, "it is a statement this version does not know");
                            self.node(field, line);
                        }
                        "dynquery" => {
                            self.dynamic();
                            self.node(field, line);
                        }
                        _ => self.node(field, line),
                    }
                }
            }
            _ => {}
        }
    }

    fn dynamic(&mut self) {
        let because = "it runs SQL that is put together when it is called".to_owned();
        self.uses.dynamic.insert(Opaque { what: "EXECUTE in the body".to_owned(), because });
    }

    fn expression(&mut self, expression: &Value, line: Option<u64>) {
        let Some(query) = expression["query"].as_str() else {
            return self.opaque("body", "it holds an expression without text");
        };
        // RawParseMode of the server's parser.h; the JSON leaves out 0.
        let options = match expression["parseMode"].as_i64().unwrap_or(0) {
            0 => ParserOptions::DEFAULT,
            2 => ParserOptions::PLPGSQL_EXPR,
            3 => ParserOptions::PLPGSQL_ASSIGN1,
            4 => ParserOptions::PLPGSQL_ASSIGN2,
            5 => ParserOptions::PLPGSQL_ASSIGN3,
            _ => return self.opaque("body", "it holds an expression of an unknown kind"),
        };
        match parse::trees(query, options) {
            Ok(tree) => self.add(tree, line),
            Err(error) => self.opaque("body", &format!("it holds an expression that cannot be read: {error}")),
        }
    }

    /// The statements that act, for what runs at once.
    pub fn statements(&self) -> impl Iterator<Item = View<'_>> {
        // To the compiler an assignment, a condition and a PERFORM are SELECTs; a reader looks for what acts.
        self.trees.iter().flat_map(Tree::statements).filter(|root| tag::tag(*root).is_some_and(|tag| tag != "SELECT"))
    }

    fn add(&mut self, tree: Tree, line: Option<u64>) {
        for root in tree.statements() {
            self.uses.merge(Uses::of(root));
            match tag::tag(root) {
                Some(tag) if tag == "SELECT" => {}
                Some(tag) => self.body.statements.push(BodyStatement { tag, line }),
                None if root.is("PlAssignStmt") => {}
                None => self.opaque(root.kind(), "it is a statement this version does not know"),
            }
        }
        self.trees.push(tree);
    }
}

/// Statements of PL/pgSQL that do nothing but steer, or run the SQL they show (plpgsql.h, `PLpgSQL_stmt_type`).
const KNOWN: [&str; 23] = [
    "block",
    "assign",
    "if",
    "case",
    "loop",
    "while",
    "fori",
    "fors",
    "forc",
    "foreach_a",
    "exit",
    "return",
    "return_next",
    "return_query",
    "raise",
    "assert",
    "execsql",
    "getdiag",
    "open",
    "fetch",
    "close",
    "perform",
    "dynexecute",
];
