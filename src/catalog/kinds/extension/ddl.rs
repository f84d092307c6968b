//! Statements for extensions.

use super::{Extension, Extensions};
use crate::base::{quote_ident, quote_literal};
use crate::catalog::ddl::{Alter, Ddl, Statements, Subject};

impl Statements for Extensions {
    fn word(&self) -> &'static str {
        "EXTENSION"
    }

    fn create(&self, subject: Subject<'_>) -> Ddl {
        let facts: Extension = subject.object.read();
        let (schema, version) = (quote_ident(&facts.schema), quote_literal(&facts.version));
        let mut ddl = Ddl::run(format!("CREATE EXTENSION {} SCHEMA {schema} VERSION {version}", subject.key.sql()));
        ddl.lossy
            .push("what its tables held does not return, and it belongs to the role that makes it again".to_owned());
        ddl
    }

    fn alter(&self, alter: Alter<'_>) -> Ddl {
        let to: Extension = alter.to.object.read();
        let mut ddl = Ddl::default();
        if alter.any(&["version"]) {
            ddl.impossible.push(format!("an extension has no way back to version {}", to.version));
        } else if alter.any(&["members"]) {
            ddl.impossible.push("what belongs to it was changed by hand (ALTER EXTENSION ... ADD or DROP)".to_owned());
        }
        if alter.any(&["schema"]) {
            ddl.add(format!("ALTER EXTENSION {} SET SCHEMA {}", alter.to.key.sql(), quote_ident(&to.schema)));
        }
        ddl
    }

    fn owner_can_be_set(&self) -> bool {
        false
    }

    fn rename(&self, _: Subject<'_>, _: &str) -> Option<String> {
        None
    }
}
