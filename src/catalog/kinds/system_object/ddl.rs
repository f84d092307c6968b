//! Statements for what the server or an extension brought: their privileges alone.

use super::{GIVEN_TO, OF_COLUMN, OWNER, SystemObjects};
use crate::catalog::Grant;
use crate::catalog::attributes::{self, INITIAL};
use crate::catalog::ddl::{Alter, Ddl, Privileges, Statements, Subject};
use crate::catalog::kinds::table::ddl::PRIVILEGES;

impl Statements for SystemObjects {
    fn word(&self) -> &'static str {
        "OBJECT"
    }

    /// The identity is SQL already.
    fn named(&self, subject: Subject<'_>) -> String {
        subject.key.name().to_owned()
    }

    /// It is there: granting makes it differ.
    fn create(&self, subject: Subject<'_>) -> Ddl {
        self.possible(subject)
    }

    fn drop(&self, subject: Subject<'_>) -> Ddl {
        let possible = self.possible(subject);
        if !possible.impossible.is_empty() {
            return possible;
        }
        attributes::privileges(self, subject, OWNER, subject.object.acl.as_deref(), None)
    }

    fn alter(&self, alter: Alter<'_>) -> Ddl {
        self.possible(alter.to)
    }

    fn rename(&self, _: Subject<'_>, _: &str) -> Option<String> {
        None
    }

    fn owner_can_be_set(&self) -> bool {
        false
    }

    fn privileges_of(&self, subject: Subject<'_>) -> Option<Privileges> {
        Some(match subject.key.path.first()?.as_str() {
            "table" | "view" | "materialized view" | "foreign table" => PRIVILEGES,
            "sequence" => Privileges { word: "SEQUENCE", all: &["SELECT", "UPDATE", "USAGE"], public: &[] },
            "function" | "aggregate" => Privileges { word: "FUNCTION", all: &["EXECUTE"], public: &["EXECUTE"] },
            "procedure" => Privileges { word: "PROCEDURE", all: &["EXECUTE"], public: &["EXECUTE"] },
            "type" => Privileges { word: "TYPE", all: &["USAGE"], public: &["USAGE"] },
            "domain" => Privileges { word: "DOMAIN", all: &["USAGE"], public: &["USAGE"] },
            "schema" => Privileges { word: "SCHEMA", all: &["CREATE", "USAGE"], public: &[] },
            "language" => Privileges { word: "LANGUAGE", all: &["USAGE"], public: &["USAGE"] },
            "foreign-data wrapper" => Privileges { word: "FOREIGN DATA WRAPPER", all: &["USAGE"], public: &[] },
            "server" => Privileges { word: "FOREIGN SERVER", all: &["USAGE"], public: &[] },
            _ => return None,
        })
    }
}

impl SystemObjects {
    /// Nothing, or why its privileges cannot be set.
    fn possible(&self, subject: Subject<'_>) -> Ddl {
        let initial = subject.object.facts.get(INITIAL).and_then(|given| serde_json::from_value(given.clone()).ok());
        let initial: Vec<Grant> = initial.unwrap_or_default();
        let of_owner = |grants: &[Grant]| grants.iter().filter(|grant| grant.grantee == OWNER).count();
        let of_owner = of_owner(&initial) != of_owner(subject.object.acl.as_deref().unwrap_or_default());
        let other = [GIVEN_TO, OF_COLUMN].into_iter().any(|fact| subject.object.facts.contains_key(fact));
        if of_owner || other || self.privileges_of(subject).is_none() {
            return Ddl::cannot("privileges on a part of the system are set back by hand");
        }
        Ddl::default()
    }
}
