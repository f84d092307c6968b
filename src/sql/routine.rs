//! Routines and DO blocks: their language, what they may do beyond their caller, and what their bodies hold.

use pg_query::ParserOptions;
use serde_json::Value;

use super::facts::{Body, BodyStatement, Opaque};
use super::parse;
use super::tag;
use super::tree::{Tree, View};
use super::uses::Uses;

/// The languages, and the options: `SECURITY DEFINER`.
pub fn languages_and_options(node: View) -> (Vec<String>, Vec<String>) {
    let (mut languages, mut options) = (Vec::new(), Vec::new());
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
    /// The trees of its statements that act, for what runs at once.
    pub trees: Vec<Tree>,
}

/// Looks into a body that is given as text. None where there is none, or where it is part of the statement's syntax.
pub fn look(node: View, statement: &str, languages: &[String]) -> Option<Looked> {
    if !matches!(node.kind(), "CreateFunctionStmt" | "DoStmt") || node.is_set("sql_body") {
        return None;
    }
    let text = elements(node).find(|element| element.text("defname") == Some("as"))?.get("arg");
    let mut looked = Looked::default();
    match languages {
        [language] if language == "plpgsql" => looked.plpgsql(statement),
        [language] if language == "sql" => looked.sql(text.strings().first().copied().or(text.string()).unwrap_or("")),
        _ => looked.opaque("body", "its language is not looked into"),
    }
    Some(looked)
}

impl Looked {
    fn opaque(&mut self, what: &str, because: &str) {
        self.uses.opaque.insert(Opaque { what: what.to_owned(), because: because.to_owned() });
    }

    fn sql(&mut self, text: &str) {
        match parse::trees(text, ParserOptions::DEFAULT) {
            Ok(trees) => trees.into_iter().for_each(|tree| self.add(tree, None)),
            Err(error) => self.opaque("body", &format!("it cannot be read: {error}")),
        }
    }

    fn plpgsql(&mut self, statement: &str) {
        match parse::plpgsql(statement) {
            Ok(compiled) => self.node("", &compiled, None),
            Err(error) => self.opaque("body", &format!("it cannot be read: {error}")),
        }
    }

    /// Goes through what the compiler made of a body: every expression, wherever it stands.
    fn node(&mut self, under: &str, value: &Value, line: Option<u64>) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.node(under, item, line)),
            Value::Object(fields) => {
                let line = fields.get("lineno").and_then(Value::as_u64).or(line);
                for (name, field) in fields {
                    match name.as_str() {
                        "PLpgSQL_expr" => self.expression(field, line, under),
                        "PLpgSQL_stmt_dynexecute" | "PLpgSQL_stmt_dynfors" => {
                            self.dynamic();
                            self.node(name, field, line);
                        }
                        "PLpgSQL_stmt_commit" | "PLpgSQL_stmt_rollback" => {
                            let word = name.trim_start_matches("PLpgSQL_stmt_").to_uppercase();
                            self.opaque(&format!("{word} in the body"), "it ends the transaction around it");
                        }
                        "PLpgSQL_stmt_call" => {
                            self.opaque("CALL in the body", "a procedure can do anything, transactions included");
                            self.node(name, field, line);
                        }
                        _ if name.starts_with("PLpgSQL_stmt_") && !KNOWN.contains(&&name["PLpgSQL_stmt_".len()..]) => {
                            self.opaque(name, "it is a statement this version does not know");
                            self.node(name, field, line);
                        }
                        "dynquery" => {
                            self.dynamic();
                            self.node(name, field, line);
                        }
                        _ => self.node(name, field, line),
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

    fn expression(&mut self, expression: &Value, line: Option<u64>, under: &str) {
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
            // PERFORM and IF are SELECTs to the compiler, not to the reader: only what acts is a statement.
            Ok(trees) => {
                let acts = under == "sqlstmt";
                trees.into_iter().for_each(|tree| self.add(tree, acts.then_some(line).flatten()));
            }
            Err(error) => self.opaque("body", &format!("it holds an expression that cannot be read: {error}")),
        }
    }

    fn add(&mut self, tree: Tree, line: Option<u64>) {
        let root = tree.root();
        self.uses.merge(Uses::of(root));
        match tag::tag(root) {
            Some(tag) => {
                if tag != "SELECT" {
                    self.body.statements.push(BodyStatement { tag, line });
                    self.trees.push(tree);
                }
            }
            None => {
                let kind = root.kind().to_owned();
                self.opaque(&kind, "it is a statement this version does not know");
            }
        }
    }
}

/// Statements of PL/pgSQL that do nothing but steer, or run the SQL they show (plpgsql.h, `PLpgSQL_stmt_type`).
const KNOWN: [&str; 23] = [
    "block", "assign", "if", "case", "loop", "while", "fori", "fors", "forc", "foreach_a", "exit", "return",
    "return_next", "return_query", "raise", "assert", "execsql", "getdiag", "open", "fetch", "close", "perform",
    "dynexecute",
];
