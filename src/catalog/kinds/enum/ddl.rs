//! Statements for enums.

use super::{Enum, Enums};
use crate::base::quote_literal;
use crate::catalog::ddl::{Alter, Ddl, Privileges, Statements, Subject};

/// What an owner of a type may do.
pub const PRIVILEGES: Privileges = Privileges { word: "TYPE", all: &["USAGE"], public: &["USAGE"] };

impl Statements for Enums {
    fn word(&self) -> &'static str {
        "TYPE"
    }

    fn create(&self, subject: Subject<'_>) -> Ddl {
        let facts: Enum = subject.object.read();
        let labels: Vec<String> = facts.labels.iter().map(|label| quote_literal(label)).collect();
        Ddl::run(format!("CREATE TYPE {} AS ENUM ({})", subject.key.sql(), labels.join(", ")))
    }

    fn kept_as_written(&self) -> &'static [&'static str] {
        &["labels"]
    }

    fn alter(&self, alter: Alter<'_>) -> Ddl {
        let (from, to): (Enum, Enum) = (alter.from.object.read(), alter.to.object.read());
        let name = alter.to.key.sql();
        if from.labels.len() == to.labels.len() {
            let mut ddl = Ddl::default();
            for (old, new) in from.labels.iter().zip(&to.labels).filter(|(old, new)| old != new) {
                if to.labels.contains(old) || from.labels.contains(new) {
                    return Ddl::cannot("the order of an enum's values cannot be changed");
                }
                ddl.add(format!("ALTER TYPE {name} RENAME VALUE {} TO {}", quote_literal(old), quote_literal(new)));
            }
            return ddl;
        }
        let extra: Vec<String> =
            from.labels.iter().filter(|label| !to.labels.contains(label)).map(|label| quote_literal(label)).collect();
        if extra.is_empty() {
            return Ddl::cannot("a value of an enum is missing, and one added in the transaction cannot be used in it");
        }
        Ddl::cannot(format!("PostgreSQL cannot take a value out of an enum: {} stays", extra.join(", ")))
    }

    fn privileges(&self) -> Option<Privileges> {
        Some(PRIVILEGES)
    }
}
