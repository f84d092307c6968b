//! Statements for the database. It is never made or dropped: whoever reads it is connected to it.

use super::{Database, Databases};
use crate::base::quote_ident;
use crate::catalog::ddl::{Alter, Ddl, Privileges, Statements, Subject};
use crate::catalog::system::{SYSTEM_COMMENTS, SYSTEM_DEFINITIONS};

impl Statements for Databases {
    fn word(&self) -> &'static str {
        "DATABASE"
    }

    fn named(&self, subject: Subject<'_>) -> String {
        quote_ident(&subject.snapshot.database)
    }

    fn create(&self, _: Subject<'_>) -> Ddl {
        Ddl::cannot("a database is not made from within itself")
    }

    fn drop(&self, _: Subject<'_>) -> Ddl {
        Ddl::cannot("a database is not dropped from within itself")
    }

    fn alter(&self, alter: Alter<'_>) -> Ddl {
        if alter.any(&[SYSTEM_COMMENTS, SYSTEM_DEFINITIONS]) {
            return Ddl::cannot("what was said of an object of the server's, or made of it, is set back by hand");
        }
        if !alter.only(&["template", "closed", "connection_limit"]) {
            return Ddl::cannot("what a database is made with cannot be altered in a transaction");
        }
        let to: Database = alter.to.object.read();
        let this = format!("ALTER DATABASE {}", self.named(alter.to));
        let mut ddl = Ddl::default();
        if alter.any(&["template"]) {
            ddl.add(format!("{this} IS_TEMPLATE {}", to.template));
        }
        if alter.any(&["closed"]) {
            ddl.add(format!("{this} ALLOW_CONNECTIONS {}", !to.closed));
        }
        if alter.any(&["connection_limit"]) {
            ddl.add(format!("{this} CONNECTION LIMIT {}", to.connection_limit.unwrap_or(-1)));
        }
        ddl
    }

    fn rename(&self, _: Subject<'_>, _: &str) -> Option<String> {
        None
    }

    fn privileges(&self) -> Option<Privileges> {
        Some(Privileges {
            word: "DATABASE",
            all: &["CONNECT", "CREATE", "TEMPORARY"],
            public: &["CONNECT", "TEMPORARY"],
        })
    }
}
