//! Statements for domains.

use super::{Domain, DomainCheck, Domains};
use crate::base::{quote_ident, quote_literal};
use crate::catalog::ddl::{Alter, Ddl, Privileges, Separable, Statements, Subject};
use crate::catalog::kinds::composite_type::ddl::holders;
use crate::catalog::kinds::r#enum::ddl::PRIVILEGES;
use crate::catalog::{Catalog, Key, Object};

impl Statements for Domains {
    fn word(&self) -> &'static str {
        "DOMAIN"
    }

    fn calls_functions(&self) -> bool {
        true
    }

    fn separable(&self, subject: Subject<'_>) -> Option<Separable> {
        let checks = Separable { catalog: Catalog::Constraint, facts: &["checks"], for_rows: &[] };
        subject.object.facts.contains_key("checks").then_some(checks)
    }

    fn create(&self, subject: Subject<'_>) -> Ddl {
        let facts: Domain = subject.object.read();
        let name = subject.key.sql();
        let mut text = format!("CREATE DOMAIN {name} AS {}", facts.base);
        if let Some(collation) = &facts.collation {
            text += &format!(" COLLATE {collation}");
        }
        if let Some(default) = &facts.default {
            text += &format!(" DEFAULT {default}");
        }
        match &facts.not_null_name {
            Some(named) => text += &format!(" CONSTRAINT {} NOT NULL", quote_ident(named)),
            None if facts.not_null => text += " NOT NULL",
            None => {}
        }
        let mut ddl = Ddl::run(text);
        for (check, facts) in &facts.checks {
            ddl.statements.extend(add(&name, check, facts));
        }
        ddl
    }

    fn alter(&self, alter: Alter<'_>) -> Ddl {
        let (from, to): (Domain, Domain) = (alter.from.object.read(), alter.to.object.read());
        let name = alter.to.key.sql();
        let this = format!("ALTER DOMAIN {name}");
        if alter.any(&["base", "collation"]) {
            return Ddl::again();
        }
        let mut ddl = Ddl::default();
        let inside = is_held_inside(alter.from) || is_held_inside(alter.to);
        if alter.any(&["default"]) {
            ddl.add(to.default.map_or_else(|| format!("{this} DROP DEFAULT"), |to| format!("{this} SET DEFAULT {to}")));
        }
        match (&from.not_null_name, &to.not_null_name) {
            (Some(old), Some(new)) if old != new => {
                ddl.add(format!("{this} RENAME CONSTRAINT {} TO {}", quote_ident(old), quote_ident(new)));
            }
            _ if to.not_null && !from.not_null && inside => ddl.impossible.push(HELD_INSIDE.to_owned()),
            (None, Some(new)) => ddl.add(format!("{this} ADD CONSTRAINT {} NOT NULL", quote_ident(new))),
            _ if from.not_null != to.not_null => {
                ddl.add(format!("{this} {} NOT NULL", if to.not_null { "SET" } else { "DROP" }));
            }
            _ => {}
        }
        for (check, facts) in &from.checks {
            if to
                .checks
                .get(check)
                .is_none_or(|kept| kept.expression != facts.expression || (kept.not_valid && !facts.not_valid))
            {
                ddl.add(format!("{this} DROP CONSTRAINT {}", quote_ident(check)));
            }
        }
        for (check, facts) in &to.checks {
            match from.checks.get(check) {
                Some(had) if had.expression == facts.expression && (!facts.not_valid || had.not_valid) => {
                    if had.not_valid && !facts.not_valid && inside {
                        ddl.impossible.push(HELD_INSIDE.to_owned());
                    } else if had.not_valid && !facts.not_valid {
                        ddl.add(format!("{this} VALIDATE CONSTRAINT {}", quote_ident(check)));
                    }
                    if had.comment != facts.comment {
                        let text = facts.comment.as_deref().map_or_else(|| "NULL".to_owned(), quote_literal);
                        ddl.add(format!("COMMENT ON CONSTRAINT {} ON DOMAIN {name} IS {text}", quote_ident(check)));
                    }
                }
                _ if inside && !facts.not_valid => {
                    ddl.impossible.push(HELD_INSIDE.to_owned());
                    ddl.statements.extend(add(&name, check, &DomainCheck { not_valid: true, ..facts.clone() }));
                }
                _ => ddl.statements.extend(add(&name, check, facts)),
            }
        }
        ddl
    }

    fn privileges(&self) -> Option<Privileges> {
        Some(PRIVILEGES)
    }
}

const HELD_INSIDE: &str = "columns hold it in arrays, ranges or composite types, where PostgreSQL does not look: what it demands is not proved";

/// Whether a column with rows holds its values inside others.
fn is_held_inside(domain: Subject<'_>) -> bool {
    let snapshot = domain.snapshot;
    let plain = |column: &Object| {
        let named = column.text("type").is_some_and(|name| snapshot.objects.contains_key(&Key::of_sql("domain", name)));
        let parent = column.parent.as_ref().map_or("", |parent| parent.kind.as_str());
        named || !matches!(parent, "table" | "materialized_view")
    };
    holders(domain).into_iter().filter_map(|key| snapshot.objects.get(key)).any(|column| !plain(column))
}

fn add(domain: &str, name: &str, check: &DomainCheck) -> Vec<String> {
    let valid = if check.not_valid { " NOT VALID" } else { "" };
    let name = quote_ident(name);
    let mut statements =
        vec![format!("ALTER DOMAIN {domain} ADD CONSTRAINT {name} CHECK ({}){valid}", check.expression)];
    if let Some(comment) = &check.comment {
        statements.push(format!("COMMENT ON CONSTRAINT {name} ON DOMAIN {domain} IS {}", quote_literal(comment)));
    }
    statements
}
