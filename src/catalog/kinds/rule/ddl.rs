//! Statements for rules.

use super::{Rule, Rules};
use crate::base::quote_ident;
use crate::catalog::ddl::{Alter, Ddl, Statements, Subject};
use crate::catalog::kinds::trigger::ddl::enable;

impl Statements for Rules {
    fn word(&self) -> &'static str {
        "RULE"
    }

    fn named(&self, subject: Subject<'_>) -> String {
        format!("{} ON {}", quote_ident(subject.key.name()), subject.parent_sql())
    }

    fn create(&self, subject: Subject<'_>) -> Ddl {
        let facts: Rule = subject.object.read();
        let mut ddl = Ddl::run(facts.definition);
        if facts.enabled.is_some() {
            let name = quote_ident(subject.key.name());
            ddl.add(enable(&subject.parent_sql(), "RULE", &name, facts.enabled.as_deref()));
        }
        ddl
    }

    fn alter(&self, alter: Alter<'_>) -> Ddl {
        if !alter.only(&["enabled"]) {
            return Ddl::again();
        }
        let name = quote_ident(alter.to.key.name());
        Ddl::run(enable(&alter.to.parent_sql(), "RULE", &name, alter.to.object.text("enabled")))
    }

    fn rename(&self, subject: Subject<'_>, name: &str) -> Option<String> {
        Some(format!("ALTER RULE {} RENAME TO {}", self.named(subject), quote_ident(name)))
    }
}
