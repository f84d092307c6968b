//! Columns that get a type which ages badly: one finding for each statement, at its first such column.

use super::case::{Case, Found};
use crate::sql::{Action, Facts};

/// Flags the statements that give a column a type of which `is` holds: `int4`, `varchar(20)`. An array counts as what
/// it is made of; a temporary table does not live long enough to age.
pub fn of_type(case: &Case, found: &mut Found, is: fn(&str) -> bool, why: &str, instruction: &'static str) {
    for (classified, facts) in case.acts_of(&TAGS).filter(|(_, facts)| !facts.flags.temporary) {
        let mut columns = facts.definitions.iter().chain(&facts.alterations).filter(|part| {
            matches!(part.command.as_str(), "ADD COLUMN" | "ALTER COLUMN TYPE")
                && part.type_name.as_deref().is_some_and(|name| is(name.trim_end_matches("[]")))
        });
        let Some(first) = columns.next() else { continue };
        let others = match columns.count() {
            0 => String::new(),
            1 => " and one more column".to_owned(),
            more => format!(" and {more} more columns"),
        };
        let (table, name) = (table(facts), first.name.as_deref().unwrap_or_default());
        let kind = first.type_name.as_deref().unwrap_or_default();
        found.in_part(classified, first.offset, format!("{table}.{name}{others} ({kind}): {why}"), instruction);
    }
}

const TAGS: [&str; 3] = ["CREATE TABLE", "CREATE FOREIGN TABLE", "ALTER TABLE"];

fn table(facts: &Facts) -> String {
    let object = facts.objects.iter().find(|object| matches!(object.action, Action::Create | Action::Alter));
    object.map(ToString::to_string).unwrap_or_default()
}
