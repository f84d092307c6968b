//! Statements for casts.

use super::{Cast, Casts};
use crate::catalog::ddl::{Alter, Ddl, Statements, Subject};

impl Statements for Casts {
    fn word(&self) -> &'static str {
        "CAST"
    }

    fn create(&self, subject: Subject<'_>) -> Ddl {
        let facts: Cast = subject.object.read();
        let with = match &facts.function {
            Some(function) => format!("WITH FUNCTION {function}"),
            None if facts.inout => "WITH INOUT".to_owned(),
            None => "WITHOUT FUNCTION".to_owned(),
        };
        let context = facts.context.map_or_else(String::new, |context| format!(" AS {}", context.to_uppercase()));
        Ddl::run(format!("CREATE CAST {} {with}{context}", subject.key.sql()))
    }

    fn alter(&self, _: Alter<'_>) -> Ddl {
        Ddl::again()
    }

    fn rename(&self, _: Subject<'_>, _: &str) -> Option<String> {
        None
    }
}
