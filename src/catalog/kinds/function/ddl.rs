//! Statements for functions and procedures.

use super::{Functions, Routine, path};
use crate::base::{quote_ident, quote_literal};
use crate::catalog::ddl::{Alter, Bearers, Ddl, Lending, Privileges, Statements, Subject, dollar_quoted, name_list};

/// Settings whose value is a list of names that PostgreSQL has quoted already.
const LISTS: [&str; 5] = [
    "search_path",
    "temp_tablespaces",
    "local_preload_libraries",
    "session_preload_libraries",
    "createrole_self_grant",
];

impl Statements for Functions {
    fn word(&self) -> &'static str {
        "FUNCTION"
    }

    fn create(&self, subject: Subject<'_>) -> Ddl {
        unchecked("FUNCTION", subject)
    }

    fn drop(&self, subject: Subject<'_>) -> Ddl {
        if needed_by_its_type(subject) {
            return Ddl::cannot("it and its type need each other: only CASCADE would drop them");
        }
        Ddl::run(format!("DROP FUNCTION {}", self.named(subject)))
    }

    fn kept_as_written(&self) -> &'static [&'static str] {
        &["body", "config"]
    }

    fn alter(&self, alter: Alter<'_>) -> Ddl {
        alter_routine("FUNCTION", alter)
    }

    fn lends_path(&self, subject: Subject<'_>, bearers: &Bearers<'_>) -> Option<Lending> {
        let routine: Routine = subject.object.read();
        if routine.config.iter().any(|setting| setting.starts_with("search_path=")) {
            return None;
        }
        let named = path::named_without_schema(subject, bearers);
        let this = format!("ALTER FUNCTION {}", self.named(subject));
        let set = format!("{this} SET search_path TO {}", name_list(&path::schemas(subject.key, &named)));
        (!named.is_empty()).then(|| Lending { set, reset: format!("{this} RESET search_path"), named })
    }

    fn rename(&self, subject: Subject<'_>, name: &str) -> Option<String> {
        rename("FUNCTION", &self.named(subject), name)
    }

    fn privileges(&self) -> Option<Privileges> {
        Some(PRIVILEGES)
    }
}

pub const PRIVILEGES: Privileges = Privileges { word: "FUNCTION", all: &["EXECUTE"], public: &["EXECUTE"] };

/// Whether a base type or a range type is made with this function.
fn needed_by_its_type(subject: Subject<'_>) -> bool {
    let name = format!("{}.{}", quote_ident(subject.key.schema()), bare(subject.key.name()));
    let facts =
        ["input", "output", "receive", "send", "modifier_in", "modifier_out", "analyze", "subscript", "canonical"];
    let types = ["base_type", "range_type"].into_iter().flat_map(|kind| subject.snapshot.of_kind(kind));
    types.into_iter().any(|(_, object)| facts.iter().any(|fact| object.text(fact) == Some(&name)))
}

/// `name` is the new last part of the path: a name with the types of arguments.
pub fn rename(word: &str, named: &str, name: &str) -> Option<String> {
    Some(format!("ALTER {word} {named} RENAME TO {}", bare(name)))
}

/// CREATE OR REPLACE keeps dependents, but not every change can be made that way.
pub fn alter_routine(word: &str, alter: Alter<'_>) -> Ddl {
    if alter.any(&["arguments", "returns", "window"]) {
        return Ddl::again();
    }
    unchecked(word, alter.to)
}

/// The statement that makes or replaces a routine.
pub fn unchecked(word: &str, subject: Subject<'_>) -> Ddl {
    Ddl { unchecked_body: subject.object.facts.contains_key("body"), ..Ddl::run(definition(word, subject)) }
}

/// The name of a routine without its arguments, as SQL writes it.
pub fn bare(last: &str) -> &str {
    let end = if last.starts_with('"') {
        let mut at = 1;
        let bytes = last.as_bytes();
        while at < bytes.len() {
            if bytes[at] == b'"' {
                if bytes.get(at + 1) == Some(&b'"') {
                    at += 1;
                } else {
                    break;
                }
            }
            at += 1;
        }
        at + 1
    } else {
        last.find('(').unwrap_or(last.len())
    };
    last.get(..end).unwrap_or(last)
}

/// The whole statement that makes or replaces a routine.
pub fn definition(word: &str, subject: Subject<'_>) -> String {
    let routine: Routine = subject.object.read();
    let schema = quote_ident(subject.key.schema());
    let mut text = format!("CREATE OR REPLACE {word} {schema}.{}({})", bare(subject.key.name()), routine.arguments);
    if word == "FUNCTION" {
        text += &format!("\n RETURNS {}", routine.returns.as_deref().unwrap_or("void"));
    }
    text += &format!("\n LANGUAGE {}", quote_ident(&routine.language));
    if !routine.transforms.is_empty() {
        let types: Vec<String> = routine.transforms.iter().map(|name| format!("FOR TYPE {name}")).collect();
        text += &format!("\n TRANSFORM {}", types.join(", "));
    }
    if word == "FUNCTION" {
        if routine.window {
            text += " WINDOW";
        }
        text += &format!(" {}", routine.volatility.to_uppercase());
        if routine.leakproof {
            text += " LEAKPROOF";
        }
        if routine.strict {
            text += " STRICT";
        }
        text += &format!(" PARALLEL {} COST {}", routine.parallel.to_uppercase(), routine.cost);
        if let Some(rows) = &routine.rows {
            text += &format!(" ROWS {rows}");
        }
        if let Some(support) = &routine.support {
            text += &format!(" SUPPORT {support}");
        }
    }
    if routine.security_definer {
        text += " SECURITY DEFINER";
    }
    for setting in &routine.config {
        text += &format!("\n {}", set_clause(setting));
    }
    text + "\n" + &body(&routine)
}

/// `SET name TO value`, from `name=value`.
pub fn set_clause(setting: &str) -> String {
    let (name, value) = setting.split_once('=').unwrap_or((setting, ""));
    let quoted = name.split('.').map(quote_ident).collect::<Vec<_>>().join(".");
    let value = match value {
        "\"\"" => "''".to_owned(),
        value if LISTS.contains(&name) => value.to_owned(),
        value => quote_literal(value),
    };
    format!("SET {quoted} TO {value}")
}

fn body(routine: &Routine) -> String {
    if let Some(body) = &routine.sql_body {
        return body.clone();
    }
    let body = routine.body.as_deref().unwrap_or_default();
    match &routine.library {
        Some(library) => format!("AS {}, {}", quote_literal(library), quote_literal(body)),
        None => format!("AS {}", dollar_quoted(body)),
    }
}

#[cfg(test)]
mod tests {
    use super::{bare, set_clause};

    #[test]
    fn names_are_cut_before_their_arguments() {
        assert_eq!(bare("touch(integer)"), "touch");
        assert_eq!(bare("\"a\"\"(b\"(integer)"), "\"a\"\"(b\"");
    }

    #[test]
    fn settings_are_written_as_they_were() {
        assert_eq!(set_clause("search_path=shop, pg_catalog"), "SET search_path TO shop, pg_catalog");
        assert_eq!(set_clause("search_path=\"\""), "SET search_path TO ''");
        assert_eq!(set_clause("work_mem=64MB"), "SET work_mem TO '64MB'");
    }
}
