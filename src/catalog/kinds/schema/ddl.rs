//! Statements for schemas.

use super::Schemas;
use crate::catalog::ddl::{Alter, Ddl, Privileges, Statements, Subject};

impl Statements for Schemas {
    fn word(&self) -> &'static str {
        "SCHEMA"
    }

    fn create(&self, subject: Subject<'_>) -> Ddl {
        Ddl::run(format!("CREATE SCHEMA {}", subject.key.sql()))
    }

    fn alter(&self, _: Alter<'_>) -> Ddl {
        Ddl::default()
    }

    fn privileges(&self) -> Option<Privileges> {
        Some(Privileges { word: "SCHEMA", all: &["CREATE", "USAGE"], public: &[] })
    }
}
