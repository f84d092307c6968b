//! What a snapshot does not hold, said every time, with a count where the database has such things.

use serde::{Deserialize, Serialize};

use super::kinds::database;
use super::reader::{Fields, Reader};
use super::{CatalogError, Key};

/// A kind that is not read, and why that matters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotCovered {
    pub kind: String,
    pub because: String,
    /// How many of them the database holds; None where that is not known.
    pub held: Option<u64>,
}

/// The script of an extension writes comments on what it brings, and so may users.
const MEMBERS_COMMENTS: &str = "SELECT count(*)::int8 FROM pg_catalog.pg_description d WHERE d.objoid >= 16384 AND EXISTS \
     (SELECT FROM pg_catalog.pg_depend e WHERE e.classid = d.classoid AND e.objid = d.objoid AND e.objsubid = 0 \
     AND e.deptype = 'e')";

/// The server's own comments cannot be told from those that users wrote on its objects: all of them together are a fact
/// of the database. Collations are those of the machine.
const SYSTEM_COMMENTS: &str = "SELECT count(*) || ' ' || pg_catalog.sum(pg_catalog.hashtextextended(d.classoid || '/' \
     || d.objoid || '/' || d.objsubid || '/' || d.description, 0)) FROM pg_catalog.pg_description d \
     WHERE d.objoid < 16384 AND d.objoid <> 2200 AND d.classoid NOT IN ('pg_catalog.pg_collation'::pg_catalog.regclass, \
     'pg_catalog.pg_largeobject'::pg_catalog.regclass, 'pg_catalog.pg_extension'::pg_catalog.regclass)";

/// What is outside a snapshot whatever the database holds.
const ALWAYS: [(&str, &str); 2] = [
    ("rows", "a snapshot is structure: it says nothing about what tables contain"),
    ("role", "roles, their settings and memberships, and tablespaces belong to the whole server, not to one database"),
];

/// Counts what is not read, in one query; the comments on what the server brought are read as one digest.
pub(super) fn read(reader: &mut Reader<'_>) -> Result<(), CatalogError> {
    let rows = reader.query(&format!("SELECT ({MEMBERS_COMMENTS}), ({SYSTEM_COMMENTS})"))?;
    for row in &rows {
        let mut fields = Fields::of(row, "count of what is not read");
        let because = "the script of an extension writes comments, and so may users: they are not told apart";
        reader.say(NotCovered {
            kind: "comment on a member of an extension".to_owned(),
            because: because.to_owned(),
            held: Some(fields.long()?.unsigned_abs()),
        });
        let comments = fields.text()?;
        if let Some(database) = reader.object_mut(&Key::new("database", &[database::NAME])) {
            database.facts.insert("system_comments".to_owned(), comments.into());
        }
    }
    for (kind, because) in ALWAYS {
        reader.say(NotCovered { kind: kind.to_owned(), because: because.to_owned(), held: None });
    }
    Ok(())
}
