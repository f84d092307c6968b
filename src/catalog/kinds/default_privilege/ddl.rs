//! Statements for default privileges. An entry has no CREATE and no DROP: it is there while it differs from what
//! PostgreSQL gives by itself.

use super::DefaultPrivileges;
use crate::base::quote_ident;
use crate::catalog::attributes;
use crate::catalog::ddl::{Alter, Ddl, Privileges, Statements, Subject};

impl Statements for DefaultPrivileges {
    fn word(&self) -> &'static str {
        "DEFAULT PRIVILEGES"
    }

    fn named(&self, _: Subject<'_>) -> String {
        String::new()
    }

    /// Granting makes it, after everything else: what is made before is not to be granted by it.
    fn create(&self, _: Subject<'_>) -> Ddl {
        Ddl::default()
    }

    fn drop(&self, subject: Subject<'_>) -> Ddl {
        let owner = subject.object.owner.clone().unwrap_or_default();
        attributes::privileges(self, subject, &owner, subject.object.acl.as_deref(), None)
    }

    fn alter(&self, _: Alter<'_>) -> Ddl {
        Ddl::default()
    }

    fn rename(&self, _: Subject<'_>, _: &str) -> Option<String> {
        None
    }

    fn owner_can_be_set(&self) -> bool {
        false
    }

    fn privileges_of(&self, subject: Subject<'_>) -> Option<Privileges> {
        let (word, all, public): (_, &'static [&'static str], &'static [&'static str]) = match subject.key.name() {
            "tables" => ("TABLES", crate::catalog::kinds::table::ddl::PRIVILEGES.all, &[]),
            "sequences" => ("SEQUENCES", &["SELECT", "UPDATE", "USAGE"], &[]),
            "functions" => ("FUNCTIONS", &["EXECUTE"], &["EXECUTE"]),
            "types" => ("TYPES", &["USAGE"], &["USAGE"]),
            "schemas" => ("SCHEMAS", &["CREATE", "USAGE"], &[]),
            _ => ("LARGE OBJECTS", &["SELECT", "UPDATE"], &[]),
        };
        // In one schema they come on top of those of the database.
        if subject.object.parent.is_some() {
            return Some(Privileges { word, all: &[], public: &[] });
        }
        Some(Privileges { word, all, public })
    }

    fn grant_prefix(&self, subject: Subject<'_>) -> String {
        let role = quote_ident(subject.object.owner.as_deref().unwrap_or_default());
        let schema =
            subject.object.parent.as_ref().map_or_else(String::new, |schema| format!(" IN SCHEMA {}", schema.sql()));
        format!("ALTER DEFAULT PRIVILEGES FOR ROLE {role}{schema} ")
    }
}
