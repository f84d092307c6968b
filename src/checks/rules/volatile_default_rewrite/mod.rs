//! README.md beside this file says what the rule is about.

use crate::base::LockMode;
use crate::checks::case::Details as _;
use crate::checks::{Case, Found};

rule!("volatile-default-rewrite", Hazard, Warning);

fn check(case: &Case, found: &mut Found) {
    for (classified, facts) in case.acts_of(&["ALTER TABLE"]) {
        let Some(table) = case.existing_table(classified, facts) else { continue };
        for added in facts.alterations.iter().filter(|alteration| alteration.command == "ADD COLUMN") {
            let volatile = added.default.as_ref().is_some_and(|default| default.volatile);
            let serial = added.type_name.as_deref().is_some_and(|name| name.contains("serial"));
            if volatile || serial || added.identity || added.generated_stored {
                let name = added.name.clone().unwrap_or_default();
                found
                    .in_part(
                        classified,
                        added.offset,
                        format!(
                            "adding {table}.{name} rewrites the whole of {table}: its value is computed for every row"
                        ),
                        "add the column without it, set the default for new rows, fill the old ones in batches",
                    )
                    .lock(LockMode::AccessExclusive, &table);
            }
        }
    }
}
