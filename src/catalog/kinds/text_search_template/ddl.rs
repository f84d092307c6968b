//! Statements for text search templates.

use super::{TextSearchTemplate, TextSearchTemplates};
use crate::catalog::ddl::{Alter, Ddl, Statements, Subject};

impl Statements for TextSearchTemplates {
    fn word(&self) -> &'static str {
        "TEXT SEARCH TEMPLATE"
    }

    fn create(&self, subject: Subject<'_>) -> Ddl {
        let facts: TextSearchTemplate = subject.object.read();
        let init = facts.init.map_or_else(String::new, |function| format!("INIT = {function}, "));
        Ddl::run(format!("CREATE TEXT SEARCH TEMPLATE {} ({init}LEXIZE = {})", subject.key.sql(), facts.lexize))
    }

    fn alter(&self, _: Alter<'_>) -> Ddl {
        Ddl::again()
    }
}
