//! Statements for policies.

use super::{Policies, Policy};
use crate::base::quote_ident;
use crate::catalog::ddl::{Alter, Ddl, Statements, Subject, role_sql};

impl Statements for Policies {
    fn word(&self) -> &'static str {
        "POLICY"
    }

    fn named(&self, subject: Subject<'_>) -> String {
        format!("{} ON {}", quote_ident(subject.key.name()), subject.parent_sql())
    }

    fn create(&self, subject: Subject<'_>) -> Ddl {
        let facts: Policy = subject.object.read();
        let sort = if facts.restrictive { "RESTRICTIVE" } else { "PERMISSIVE" };
        let head = format!("CREATE POLICY {} AS {sort} FOR {}", self.named(subject), facts.command);
        Ddl::run(head + &clauses(&facts))
    }

    fn alter(&self, alter: Alter<'_>) -> Ddl {
        let facts: Policy = alter.to.object.read();
        let gone = |fact: &str| alter.any(&[fact]) && !alter.to.object.facts.contains_key(fact);
        if alter.any(&["command", "restrictive"]) || gone("using") || gone("check") {
            return Ddl::again();
        }
        Ddl::run(format!("ALTER POLICY {}", self.named(alter.to)) + &clauses(&facts))
    }

    fn rename(&self, subject: Subject<'_>, name: &str) -> Option<String> {
        Some(format!("ALTER POLICY {} RENAME TO {}", self.named(subject), quote_ident(name)))
    }
}

fn clauses(facts: &Policy) -> String {
    let roles: Vec<String> = facts.roles.iter().map(|role| role_sql(role)).collect();
    let mut text = format!(" TO {}", roles.join(", "));
    if let Some(using) = &facts.using {
        text += &format!(" USING ({using})");
    }
    if let Some(check) = &facts.check {
        text += &format!(" WITH CHECK ({check})");
    }
    text
}
