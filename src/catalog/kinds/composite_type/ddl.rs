//! Statements for composite types.

use super::{Attribute, CompositeType, CompositeTypes};
use crate::base::{quote_ident, quote_literal};
use crate::catalog::ddl::{Alter, Ddl, Privileges, Statements, Subject};
use crate::catalog::kinds::r#enum::ddl::PRIVILEGES;

impl Statements for CompositeTypes {
    fn word(&self) -> &'static str {
        "TYPE"
    }

    fn create(&self, subject: Subject<'_>) -> Ddl {
        let facts: CompositeType = subject.object.read();
        let name = subject.key.sql();
        let attributes: Vec<String> = facts.attributes.iter().map(definition).collect();
        let mut ddl = Ddl::run(format!("CREATE TYPE {name} AS ({})", attributes.join(", ")));
        for attribute in facts.attributes.iter().filter(|attribute| attribute.comment.is_some()) {
            ddl.add(comment(&name, attribute));
        }
        ddl
    }

    fn alter(&self, alter: Alter<'_>) -> Ddl {
        let (from, to): (CompositeType, CompositeType) = (alter.from.object.read(), alter.to.object.read());
        let name = alter.to.key.sql();
        let find = |list: &[Attribute], name: &str| list.iter().find(|attribute| attribute.name == name).cloned();
        // Attributes are added at the end: those that stay must be the first that are wanted, in their order.
        let kept: Vec<&String> =
            from.attributes.iter().map(|a| &a.name).filter(|name| find(&to.attributes, name).is_some()).collect();
        if !kept.iter().copied().eq(to.attributes.iter().map(|a| &a.name).take(kept.len())) {
            return Ddl::again();
        }
        let mut ddl = Ddl::default();
        for old in from.attributes.iter().filter(|old| find(&to.attributes, &old.name).is_none()) {
            ddl.add(format!("ALTER TYPE {name} DROP ATTRIBUTE {}", quote_ident(&old.name)));
        }
        for new in &to.attributes {
            let old = find(&from.attributes, &new.name);
            match &old {
                None => ddl.add(format!("ALTER TYPE {name} ADD ATTRIBUTE {}", definition(new))),
                Some(old) if old.data_type != new.data_type || old.collation != new.collation => {
                    let collate = new.collation.as_ref().map_or_else(String::new, |c| format!(" COLLATE {c}"));
                    let attribute = quote_ident(&new.name);
                    ddl.add(format!("ALTER TYPE {name} ALTER ATTRIBUTE {attribute} TYPE {}{collate}", new.data_type));
                }
                Some(_) => {}
            }
            if old.and_then(|old| old.comment) != new.comment {
                ddl.add(comment(&name, new));
            }
        }
        ddl
    }

    fn privileges(&self) -> Option<Privileges> {
        Some(PRIVILEGES)
    }
}

fn definition(attribute: &Attribute) -> String {
    let collate = attribute.collation.as_ref().map_or_else(String::new, |collation| format!(" COLLATE {collation}"));
    format!("{} {}{collate}", quote_ident(&attribute.name), attribute.data_type)
}

fn comment(name: &str, attribute: &Attribute) -> String {
    let text = attribute.comment.as_deref().map_or_else(|| "NULL".to_owned(), quote_literal);
    format!("COMMENT ON COLUMN {name}.{} IS {text}", quote_ident(&attribute.name))
}
