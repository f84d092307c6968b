//! README.md beside this file says what the rule is about.

use crate::checks::{Case, Found};
use crate::sql::Action;

rule!("table-without-schema", Hazard, Note);

fn check(case: &Case, found: &mut Found) {
    if case.contract.is_some() {
        return;
    }
    for (classified, facts) in case.acts() {
        let bare = facts.objects.iter().find(|object| {
            matches!(object.action, Action::Create | Action::Alter | Action::Drop)
                && matches!(object.kind.as_str(), "table" | "foreign table")
                && object.column.is_none()
                && object.schema.is_none()
        });
        let Some(bare) = bare else { continue };
        if !facts.flags.temporary && !case.is_temporary(classified.index, bare) && facts.tag != "CREATE SCHEMA" {
            found.at(
                classified,
                format!("which schema {bare} lies in is decided by the session that runs this"),
                format!("write schema.{bare}"),
            );
        }
    }
}
