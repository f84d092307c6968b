//! README.md beside this file says what the rule is about.

use crate::base::LockMode;
use crate::checks::case::Details as _;
use crate::checks::{Case, Found};
use crate::sql::Alteration;

rule!("adding-not-null-column-without-default", Hazard, Warning);

fn check(case: &Case, found: &mut Found) {
    for (classified, facts) in case.acts_of(&["ALTER TABLE"]) {
        let Some(table) = case.existing_table(classified, facts) else { continue };
        for added in facts.alterations.iter().filter(|alteration| alteration.command == "ADD COLUMN") {
            let filled = added.default.is_some() || added.generated_stored || added.identity || is_serial(added);
            if added.not_null && !filled {
                let name = added.name.clone().unwrap_or_default();
                found
                    .in_part(
                        classified,
                        added.offset,
                        format!(
                            "{table}.{name} is added as NOT NULL without a default: this fails if {table} holds rows"
                        ),
                        "add it with a constant default, or nullable and fill it first",
                    )
                    .lock(LockMode::AccessExclusive, &table);
            }
        }
    }
}

fn is_serial(added: &Alteration) -> bool {
    added.type_name.as_deref().is_some_and(|name| name.contains("serial"))
}
