//! Statements for procedures.

use super::Procedures;
use crate::catalog::ddl::{Alter, Ddl, Privileges, Statements, Subject};
use crate::catalog::kinds::function::ddl::{PRIVILEGES, alter_routine, rename, unchecked};

impl Statements for Procedures {
    fn word(&self) -> &'static str {
        "PROCEDURE"
    }

    fn create(&self, subject: Subject<'_>) -> Ddl {
        unchecked("PROCEDURE", subject)
    }

    fn kept_as_written(&self) -> &'static [&'static str] {
        &["body", "config"]
    }

    fn alter(&self, alter: Alter<'_>) -> Ddl {
        alter_routine("PROCEDURE", alter)
    }

    fn rename(&self, subject: Subject<'_>, name: &str) -> Option<String> {
        rename("PROCEDURE", &self.named(subject), name)
    }

    fn privileges(&self) -> Option<Privileges> {
        Some(Privileges { word: "PROCEDURE", ..PRIVILEGES })
    }
}
