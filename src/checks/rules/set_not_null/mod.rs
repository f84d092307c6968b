//! README.md beside this file says what the rule is about.

use crate::base::LockMode;
use crate::checks::case::Details as _;
use crate::checks::known::{Table, columns_of};
use crate::checks::{Case, Classified, Found};
use crate::sql::{Action, Alteration, Facts};

rule!("set-not-null", Hazard, Warning);

fn check(case: &Case, found: &mut Found) {
    case.acts_of(&["ALTER DOMAIN"]).for_each(|(classified, facts)| domain(case, found, classified, facts));
    for acts in case.tables_with(demands) {
        let mut here = Table::default();
        for (classified, facts) in acts {
            columns(case, found, classified, facts, &here);
            here.learn(facts);
        }
    }
}

fn columns(case: &Case, found: &mut Found, classified: &Classified, facts: &Facts, here: &Table) {
    let Some(table) = case.existing(classified, facts) else { return };
    for part in &facts.alterations {
        let constraint = part.constraints.iter().find(|constraint| constraint.kind == "not null");
        let columns = match (part.command.as_str(), constraint) {
            ("SET NOT NULL", _) => part.name.iter().cloned().collect(),
            ("ADD CONSTRAINT", Some(constraint)) if !constraint.not_valid => columns_of(part, constraint),
            _ => continue,
        };
        let tables = [Some(here), case.context.known.table(table)];
        let proven = |column: &str| tables.into_iter().flatten().any(|table| table.is_never_null(column));
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
