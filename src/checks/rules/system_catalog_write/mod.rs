//! README.md beside this file says what the rule is about.

use crate::checks::{Case, Found};
use crate::sql::ObjectUse;

rule!("system-catalog-write", Gate, Error);

fn check(case: &Case, found: &mut Found) {
    for (classified, facts) in case.facts().filter(|(_, facts)| !facts.says_or_grants()) {
        for object in facts.touched() {
            let system = match &object.schema {
                Some(schema) => matches!(schema.as_str(), "pg_catalog" | "information_schema" | "pg_toast"),
                None => object.kind == "schema" && object.name.starts_with("pg_") || is_catalog(object),
            };
            if system {
                found.at(
                    classified,
                    format!("{} {object} belongs to the system", object.kind),
                    "use the statement that PostgreSQL has for it",
                );
            }
        }
    }
}

/// An unqualified `pg_class` is pg_catalog's, whatever the search path says.
fn is_catalog(object: &ObjectUse) -> bool {
    object.name.starts_with("pg_") && matches!(object.kind.as_str(), "relation" | "table" | "view")
}
