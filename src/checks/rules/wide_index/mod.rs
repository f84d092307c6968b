//! README.md beside this file says what the rule is about.

use crate::checks::{Case, Found};

rule!("wide-index", Hazard, Note);

fn check(case: &Case, found: &mut Found) {
    for (classified, facts) in case.acts_of(&["CREATE INDEX"]) {
        let Some(index) = facts.index.as_ref().filter(|index| !index.unique && index.columns.len() > 3) else {
            continue;
        };
        let keys = index.columns.len();
        found.at(
            classified,
            format!("the index has {keys} keys: the later ones seldom narrow a search, and every write pays for them"),
            "keep the columns that narrow the search most, and carry others with INCLUDE",
        );
    }
}
