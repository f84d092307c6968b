//! Statements for operator families.

use super::{Member, OperatorFamilies, OperatorFamily};
use crate::catalog::ddl::{Alter, Ddl, Statements, Subject};

impl Statements for OperatorFamilies {
    fn word(&self) -> &'static str {
        "OPERATOR FAMILY"
    }

    fn create(&self, subject: Subject<'_>) -> Ddl {
        let facts: OperatorFamily = subject.object.read();
        let name = subject.key.sql();
        let mut ddl = Ddl::run(format!("CREATE OPERATOR FAMILY {name}"));
        ddl.statements.extend(add(&name, facts.members.iter()));
        ddl
    }

    fn alter(&self, alter: Alter<'_>) -> Ddl {
        let (from, to): (OperatorFamily, OperatorFamily) = (alter.from.object.read(), alter.to.object.read());
        let name = alter.to.key.sql();
        let gone: Vec<String> = from
            .members
            .iter()
            .filter(|member| !to.members.contains(member))
            .map(|member| format!("{} {}", member.place, member.types))
            .collect();
        let mut ddl = Ddl::default();
        if !gone.is_empty() {
            ddl.add(format!("ALTER OPERATOR FAMILY {name} DROP {}", gone.join(", ")));
        }
        ddl.statements.extend(add(&name, to.members.iter().filter(|member| !from.members.contains(member))));
        ddl
    }

    fn rename(&self, subject: Subject<'_>, name: &str) -> Option<String> {
        Some(format!("ALTER OPERATOR FAMILY {} RENAME TO {}", subject.key.sql(), bare(name)))
    }
}

fn add<'m>(name: &str, members: impl Iterator<Item = &'m Member>) -> Option<String> {
    let members: Vec<String> = members.map(member).collect();
    (!members.is_empty()).then(|| format!("ALTER OPERATOR FAMILY {name} ADD {}", members.join(", ")))
}

/// A member as ADD and CREATE OPERATOR CLASS write it.
pub fn member(member: &Member) -> String {
    let Member { place, types, is, order_by } = member;
    let order = order_by.as_ref().map_or_else(String::new, |family| format!(" FOR ORDER BY {family}"));
    if place.starts_with("FUNCTION") { format!("{place} {types} {is}") } else { format!("{place} {is} {types}{order}") }
}

/// The name without its access method.
pub fn bare(name: &str) -> &str {
    name.rsplit_once(" USING ").map_or(name, |(name, _)| name)
}
