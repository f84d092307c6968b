//! Statements for access methods.

use super::{AccessMethod, AccessMethods};
use crate::catalog::ddl::{Alter, Ddl, Statements, Subject};

impl Statements for AccessMethods {
    fn word(&self) -> &'static str {
        "ACCESS METHOD"
    }

    fn create(&self, subject: Subject<'_>) -> Ddl {
        let facts: AccessMethod = subject.object.read();
        let sort = facts.sort.to_uppercase();
        Ddl::run(format!("CREATE ACCESS METHOD {} TYPE {sort} HANDLER {}", subject.key.sql(), facts.handler))
    }

    fn alter(&self, _: Alter<'_>) -> Ddl {
        Ddl::again()
    }

    fn rename(&self, _: Subject<'_>, _: &str) -> Option<String> {
        None
    }
}
