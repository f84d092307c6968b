//! Statements for base types. A type and its functions need each other: it is announced before them and completed after
//! them, and nothing but CASCADE drops it.

use super::{BaseType, BaseTypes};
use crate::base::quote_literal;
use crate::catalog::ddl::{Alter, Ddl, Privileges, Statements, Subject};
use crate::catalog::kinds::r#enum::ddl::PRIVILEGES;

impl Statements for BaseTypes {
    fn word(&self) -> &'static str {
        "TYPE"
    }

    fn create(&self, subject: Subject<'_>) -> Ddl {
        let facts: BaseType = subject.object.read();
        let name = subject.key.sql();
        if facts.shell {
            return Ddl::run(format!("CREATE TYPE {name}"));
        }
        let length = if facts.length < 0 { "variable".to_owned() } else { facts.length.to_string() };
        let mut parts = functions(&facts);
        parts.extend([("INTERNALLENGTH", Some(length)), ("ALIGNMENT", Some(facts.alignment))]);
        parts.extend([("STORAGE", Some(facts.storage)), ("CATEGORY", Some(quote_literal(&facts.category)))]);
        parts.extend([("DEFAULT", facts.default.as_deref().map(quote_literal)), ("ELEMENT", facts.element)]);
        parts.push(("DELIMITER", Some(quote_literal(&facts.delimiter))));
        let yes = |set: bool| set.then(|| "true".to_owned());
        parts.extend([("PREFERRED", yes(facts.preferred)), ("COLLATABLE", yes(facts.collatable))]);
        let mut parts: Vec<String> =
            parts.into_iter().filter_map(|(word, value)| Some(format!("{word} = {}", value?))).collect();
        if facts.by_value {
            parts.push("PASSEDBYVALUE".to_owned());
        }
        Ddl::run(format!("CREATE TYPE {name} (\n    {}\n)", parts.join(",\n    ")))
    }

    fn drop(&self, subject: Subject<'_>) -> Ddl {
        if subject.object.is("shell") {
            return Ddl::run(format!("DROP TYPE {}", subject.key.sql()));
        }
        Ddl::cannot("it and its functions need each other: only CASCADE would drop them")
    }

    fn alter(&self, alter: Alter<'_>) -> Ddl {
        let settable = ["receive", "send", "modifier_in", "modifier_out", "analyze", "subscript", "storage"];
        if !alter.only(&settable) {
            return Ddl::cannot("a base type is made again only after CASCADE drops it and its functions");
        }
        let to: BaseType = alter.to.object.read();
        let mut parts: Vec<String> = functions(&to)
            .into_iter()
            .skip(2)
            .zip(settable)
            .filter(|(_, fact)| alter.any(&[fact]))
            .map(|((word, value), _)| format!("{word} = {}", value.as_deref().unwrap_or("NONE")))
            .collect();
        if alter.any(&["storage"]) {
            parts.push(format!("STORAGE = {}", to.storage));
        }
        Ddl::run(format!("ALTER TYPE {} SET ({})", alter.to.key.sql(), parts.join(", ")))
    }

    fn announce(&self, subject: Subject<'_>) -> Option<String> {
        (!subject.object.is("shell")).then(|| format!("CREATE TYPE {}", subject.key.sql()))
    }

    fn privileges(&self) -> Option<Privileges> {
        Some(PRIVILEGES)
    }
}

/// Its functions, in the order of the facts.
fn functions(facts: &BaseType) -> Vec<(&'static str, Option<String>)> {
    vec![
        ("INPUT", facts.input.clone()),
        ("OUTPUT", facts.output.clone()),
        ("RECEIVE", facts.receive.clone()),
        ("SEND", facts.send.clone()),
        ("TYPMOD_IN", facts.modifier_in.clone()),
        ("TYPMOD_OUT", facts.modifier_out.clone()),
        ("ANALYZE", facts.analyze.clone()),
        ("SUBSCRIPT", facts.subscript.clone()),
    ]
}
