//! What a snapshot does not hold, said every time, with a count where the database has such things.

use serde::{Deserialize, Serialize};

use super::CatalogError;
use super::reader::{Fields, Reader};

/// A kind that is not read, and why that matters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotCovered {
    pub kind: String,
    pub because: String,
    /// How many of them the database holds; None where that is not known.
    pub held: Option<u64>,
}

/// Kinds that are not read yet: the catalog and which of its rows are users'.
const KINDS: [(&str, &str, &str); 2] =
    [("large object", "pg_largeobject_metadata", "true"), ("security label", "pg_seclabel", "true")];

/// What is outside a snapshot whatever the database holds.
const ALWAYS: [(&str, &str); 3] = [
    ("rows", "a snapshot is structure: it says nothing about what tables contain"),
    ("role", "roles, their settings and memberships, and tablespaces belong to the whole server, not to one database"),
    (
        "system object",
        "privileges and comments on pg_catalog, information_schema and members of extensions are not read",
    ),
];

/// Counts the kinds that are not read, in one query.
pub(super) fn read(reader: &mut Reader<'_>) -> Result<(), CatalogError> {
    let counts: Vec<String> = KINDS
        .iter()
        .enumerate()
        .map(|(at, (_, catalog, users))| {
            let member = if users.starts_with("oid") {
                format!(
                    " AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.objid = t.oid AND d.deptype = 'e' \
                     AND d.classid = 'pg_catalog.{catalog}'::pg_catalog.regclass)"
                )
            } else {
                String::new()
            };
            format!("SELECT {at}::int4, count(*)::int8 FROM pg_catalog.{catalog} t WHERE {users}{member}")
        })
        .collect();
    for row in &reader.query(&counts.join(" UNION ALL "))? {
        let mut fields = Fields::of(row, "count of a kind that is not read");
        let (at, held) = (fields.number()?, fields.long()?.unsigned_abs());
        let Some((kind, ..)) = usize::try_from(at).ok().and_then(|at| KINDS.get(at)) else { continue };
        let because = match held {
            0 => "this kind is not read yet; the database holds none".to_owned(),
            _ => format!("this kind is not read yet; the database holds {held}, and changes to them are not seen"),
        };
        reader.say(NotCovered { kind: (*kind).to_owned(), because, held: Some(held) });
    }
    for (kind, because) in ALWAYS {
        reader.say(NotCovered { kind: kind.to_owned(), because: because.to_owned(), held: None });
    }
    Ok(())
}
