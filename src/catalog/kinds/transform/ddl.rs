//! Statements for transforms.

use super::{Transform, Transforms};
use crate::catalog::ddl::{Alter, Ddl, Statements, Subject};

impl Statements for Transforms {
    fn word(&self) -> &'static str {
        "TRANSFORM"
    }

    fn create(&self, subject: Subject<'_>) -> Ddl {
        let facts: Transform = subject.object.read();
        let with = |word: &str, function: &Option<String>| {
            function.as_ref().map(|function| format!("{word} SQL WITH FUNCTION {function}"))
        };
        let parts: Vec<String> =
            [with("FROM", &facts.from_sql), with("TO", &facts.to_sql)].into_iter().flatten().collect();
        Ddl::run(format!("CREATE TRANSFORM {} ({})", subject.key.sql(), parts.join(", ")))
    }

    fn alter(&self, _: Alter<'_>) -> Ddl {
        Ddl::again()
    }

    fn rename(&self, _: Subject<'_>, _: &str) -> Option<String> {
        None
    }
}
