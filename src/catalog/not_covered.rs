//! What a snapshot does not hold, said every time, with a count where the database has such things.

use serde::{Deserialize, Serialize};

use super::reader::Reader;

/// A kind that is not read, and why that matters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotCovered {
    pub kind: String,
    pub because: String,
    /// How many of them the database holds; None where that is not known.
    pub held: Option<u64>,
}

/// What is outside a snapshot whatever the database holds.
const ALWAYS: [(&str, &str); 2] = [
    ("rows", "a snapshot is structure: it says nothing about what tables contain"),
    ("role", "roles, their settings and memberships, and tablespaces belong to the whole server, not to one database"),
];

/// Says what is not read.
pub(super) fn say(reader: &mut Reader<'_>) {
    let because = "what an extension brought is known by the extension's version and its list of members; of what users did \
                   to them only privileges are seen: not owner, comment or definition, nor parts added (columns, indexes, \
                   triggers)";
    reader.say(NotCovered {
        kind: "member of an extension".to_owned(),
        because: because.to_owned(),
        held: u64::try_from(reader.members()).ok(),
    });
    for (kind, because) in ALWAYS {
        reader.say(NotCovered { kind: kind.to_owned(), because: because.to_owned(), held: None });
    }
}
