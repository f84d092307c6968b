//! Sequences (<https://www.postgresql.org/docs/current/sql-createsequence.html>), those of identity columns included.
//! Where a sequence stands is volatile: it is kept beside the snapshot, not in its fingerprint.

pub mod ddl;

use serde::{Deserialize, Serialize};

use crate::catalog::object::{facts_of, parse_acl};
use crate::catalog::reader::{Fields, Reader};
use crate::catalog::{Address, Catalog, CatalogError, Key, Kind, NotCovered, Object};

/// The facts of a sequence.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Sequence {
    #[serde(rename = "type")]
    pub data_type: String,
    /// Texts, because JSON numbers lose the last digits of a bigint.
    pub start: String,
    pub minimum: String,
    pub maximum: String,
    pub increment: String,
    pub cache: String,
    pub cycle: bool,
    pub unlogged: bool,
    /// The column it goes with, as SQL writes it.
    pub owned_by: Option<String>,
    /// The identity column it is a part of.
    pub identity_of: Option<String>,
}

fn query(reader: &Reader<'_>) -> String {
    let users = reader.users("q.seqrelid");
    // By the row of pg_sequence: what is asked of anything else is an error.
    format!(
        "SELECT c.oid, c.relnamespace, c.relname, c.relowner, c.relacl::text[], \
         pg_catalog.format_type(q.seqtypid, NULL), q.seqstart::text, q.seqmin::text, q.seqmax::text, \
         q.seqincrement::text, q.seqcache::text, q.seqcycle, c.relpersistence = 'u', \
         ARRAY(SELECT pg_catalog.unnest(ARRAY[d.refobjid::int8, d.refobjsubid, CASE d.deptype WHEN 'i' THEN 1 ELSE 0 END]) \
         FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid \
         AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')), \
         p.readable, \
         CASE WHEN p.readable AND NOT (c.relpersistence = 'u' AND pg_catalog.pg_is_in_recovery()) \
         THEN pg_catalog.pg_sequence_last_value(q.seqrelid) END \
         FROM pg_catalog.pg_class c JOIN pg_catalog.pg_sequence q ON q.seqrelid = c.oid \
         CROSS JOIN LATERAL (SELECT pg_catalog.has_sequence_privilege(q.seqrelid, 'USAGE, SELECT') AS readable) p \
         WHERE {users} AND c.relpersistence <> 't'"
    )
}

pub struct Sequences;

impl Kind for Sequences {
    fn name(&self) -> &'static str {
        "sequence"
    }

    fn catalog(&self) -> Catalog {
        Catalog::Class
    }

    fn catalogs(&self) -> &'static [Catalog] {
        &[Catalog::Sequence]
    }

    fn first_query(&self, reader: &Reader<'_>) -> Option<String> {
        Some(query(reader))
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<(), CatalogError> {
        let rows = reader.last_query(&query(reader))?;
        let mut unreadable = 0u64;
        for row in &rows {
            let mut fields = Fields::of(row, "sequence");
            let oid = fields.oid()?;
            let Some(schema) = reader.schema(fields.oid()?).map(str::to_owned) else { continue };
            let key = Key::new("sequence", &[&schema, &fields.text()?]);
            let (owner, acl) = (Some(reader.role(fields.oid()?)), parse_acl(fields.maybe_texts()?)?);
            let mut facts = Sequence {
                data_type: fields.text()?,
                start: fields.text()?,
                minimum: fields.text()?,
                maximum: fields.text()?,
                increment: fields.text()?,
                cache: fields.text()?,
                cycle: fields.yes()?,
                unlogged: fields.yes()?,
                ..Sequence::default()
            };
            // The table, the number of the column, and whether the sequence is its identity.
            if let [table, column, identity, ..] = fields.longs()?[..]
                && let (Ok(table), Ok(column)) = (u32::try_from(table), i16::try_from(column))
                && let Some(relation) = reader.relation(table).cloned()
            {
                let column = relation.child("column", &reader.column(table, column)?).sql();
                if identity == 1 {
                    facts.identity_of = Some(column);
                } else {
                    facts.owned_by = Some(column);
                }
            }
            let readable = fields.yes()?;
            let last = fields.maybe_long()?;
            let parent = Some(Key::new("schema", &[&schema]));
            let object = Object { parent, owner, acl, facts: facts_of(&facts)?, ..Object::default() };
            if reader.add(Address::of(Catalog::Class, oid, 0), key.clone(), object) {
                unreadable += u64::from(!readable);
                if let Some(last) = last {
                    reader.last_value(&key, last);
                }
            }
        }
        if unreadable > 0 {
            let because = format!("the role may not read where {unreadable} sequences stand");
            reader.say(NotCovered { kind: "position of a sequence".to_owned(), because, held: Some(unreadable) });
        }
        Ok(())
    }
}
