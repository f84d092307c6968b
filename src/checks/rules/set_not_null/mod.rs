//! README.md beside this file says what the rule is about.

use crate::base::LockMode;
use crate::checks::case::Details as _;
use crate::checks::known::columns_of;
use crate::checks::{Case, Classified, Found, Known};
use crate::sql::{Action, Alteration, Facts};

rule!("set-not-null", Hazard, Warning);

fn check(case: &Case, found: &mut Found) {
    case.acts_of(&["ALTER DOMAIN"]).for_each(|(classified, facts)| domain(case, found, classified, facts));
    let mut known = Known::default();
    for (classified, facts) in case.acts_on_tables_with(demands) {
        if let Some(table) = case.existing(classified, facts) {
            for part in &facts.alterations {
                let constraint = part.constraints.iter().find(|constraint| constraint.kind == "not null");
                let columns = match (part.command.as_str(), constraint) {
                    ("SET NOT NULL", _) => part.name.iter().cloned().collect(),
                    ("ADD CONSTRAINT", Some(constraint)) if !constraint.not_valid => columns_of(part, constraint),
                    _ => continue,
                };
                let proven = |column: &str| {
                    let tables = [known.table(table), case.context.known.table(table)];
                    tables.into_iter().flatten().any(|table| table.is_never_null(column))
                };
                for name in columns.iter().filter(|column| !proven(column)) {
                    found
                        .in_part(
                            classified,
                            part.offset,
                            format!("SET NOT NULL on {table}.{name} reads all of {table}, and fails on the first NULL"),
                            instruction(case),
                        )
                        .lock(LockMode::AccessExclusive, table);
                }
            }
        }
        known.learn(facts);
    }
}

fn demands(part: &Alteration) -> bool {
    part.command == "SET NOT NULL" || part.constraints.iter().any(|constraint| constraint.kind == "not null")
}

/// A domain has rows in every table that uses it.
fn domain(case: &Case, found: &mut Found, classified: &Classified, facts: &Facts) {
    let sets = facts.alterations.iter().any(|part| part.command == "SET NOT NULL");
    let domain = facts.of(Action::Alter).next().filter(|_| sets && facts.tag == "ALTER DOMAIN");
    if let Some(domain) = domain.filter(|domain| !case.is_fresh(classified.index, domain)) {
        found
            .at(
                classified,
                format!("SET NOT NULL on {domain} reads every table with a column of that type"),
                "keep the columns from being NULL, one table at a time",
            )
            .lock(LockMode::Share, format!("every table that uses {domain}"));
    }
}

fn instruction(case: &Case) -> &'static str {
    if case.context.may_be_before(18) {
        "add CHECK (... IS NOT NULL) NOT VALID first and validate it in a change of its own"
    } else {
        "add the NOT NULL constraint NOT VALID first and validate it in a change of its own"
    }
}
