//! Statements for text search parsers.

use super::{TextSearchParser, TextSearchParsers};
use crate::catalog::ddl::{Alter, Ddl, Statements, Subject};

impl Statements for TextSearchParsers {
    fn word(&self) -> &'static str {
        "TEXT SEARCH PARSER"
    }

    fn create(&self, subject: Subject<'_>) -> Ddl {
        let facts: TextSearchParser = subject.object.read();
        let headline = facts.headline.map_or_else(String::new, |function| format!(", HEADLINE = {function}"));
        Ddl::run(format!(
            "CREATE TEXT SEARCH PARSER {} (START = {}, GETTOKEN = {}, END = {}, LEXTYPES = {}{headline})",
            subject.key.sql(),
            facts.start,
            facts.token,
            facts.end,
            facts.types
        ))
    }

    fn alter(&self, _: Alter<'_>) -> Ddl {
        Ddl::again()
    }
}
