//! Statements for operator classes.

use super::{OperatorClass, OperatorClasses};
use crate::base::quote_ident;
use crate::catalog::ddl::{Alter, Ddl, Statements, Subject};
use crate::catalog::kinds::operator_family::ddl::{bare, member};

impl Statements for OperatorClasses {
    fn word(&self) -> &'static str {
        "OPERATOR CLASS"
    }

    fn create(&self, subject: Subject<'_>) -> Ddl {
        let facts: OperatorClass = subject.object.read();
        let key = subject.key;
        let method = key.name().rsplit_once(" USING ").map_or("btree", |(_, method)| method);
        let default = if facts.default { " DEFAULT" } else { "" };
        let mut parts: Vec<String> = facts.members.iter().map(member).collect();
        // Every class keeps a type; without a member it still has to say something.
        if let Some(storage) = facts.storage.as_ref().or(parts.is_empty().then_some(&facts.data_type)) {
            parts.push(format!("STORAGE {storage}"));
        }
        Ddl::run(format!(
            "CREATE OPERATOR CLASS {}.{}{default} FOR TYPE {} USING {method} FAMILY {} AS\n    {}",
            quote_ident(key.schema()),
            bare(key.name()),
            facts.data_type,
            facts.family,
            parts.join(",\n    ")
        ))
    }

    fn alter(&self, _: Alter<'_>) -> Ddl {
        Ddl::again()
    }

    fn rename(&self, subject: Subject<'_>, name: &str) -> Option<String> {
        Some(format!("ALTER OPERATOR CLASS {} RENAME TO {}", subject.key.sql(), bare(name)))
    }
}
