//! Statements for foreign servers.

use super::{Server, Servers};
use crate::base::{quote_ident, quote_literal};
use crate::catalog::ddl::{Alter, Ddl, Privileges, Statements, Subject};
use crate::catalog::foreign;

impl Statements for Servers {
    fn word(&self) -> &'static str {
        "SERVER"
    }

    fn create(&self, subject: Subject<'_>) -> Ddl {
        let facts: Server = subject.object.read();
        let mut text = format!("CREATE SERVER {}", subject.key.sql());
        for (word, value) in [("TYPE", &facts.sort), ("VERSION", &facts.version)] {
            if let Some(value) = value {
                text += &format!(" {word} {}", quote_literal(value));
            }
        }
        text += &format!(" FOREIGN DATA WRAPPER {}{}", quote_ident(&facts.wrapper), foreign::clause(&facts.options));
        Ddl { impossible: foreign::lost(&[], &facts.secrets), ..Ddl::run(text) }
    }

    fn alter(&self, alter: Alter<'_>) -> Ddl {
        if alter.any(&["wrapper", "type"]) {
            return Ddl::again();
        }
        let (from, to): (Server, Server) = (alter.from.object.read(), alter.to.object.read());
        let mut clauses = String::new();
        if alter.any(&["version"]) {
            clauses += &format!(" VERSION {}", to.version.as_deref().map_or_else(|| "NULL".to_owned(), quote_literal));
        }
        clauses += &foreign::changes((&from.options, &from.secrets), (&to.options, &to.secrets));
        let mut ddl = Ddl { impossible: foreign::lost(&from.secrets, &to.secrets), ..Ddl::default() };
        if !clauses.is_empty() {
            ddl.add(format!("ALTER SERVER {}{clauses}", alter.to.key.sql()));
        }
        ddl
    }

    fn privileges(&self) -> Option<Privileges> {
        Some(Privileges { word: "FOREIGN SERVER", all: &["USAGE"], public: &[] })
    }
}
