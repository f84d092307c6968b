//! Composite types that stand alone (<https://www.postgresql.org/docs/current/rowtypes.html>): the row types of tables
//! belong to their tables.

pub mod ddl;

use serde::{Deserialize, Serialize};

use crate::catalog::object::{facts_of, parse_acl};
use crate::catalog::reader::{Fields, Reader};
use crate::catalog::{Address, Catalog, CatalogError, Key, Kind, Object};

/// The facts of a composite type.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CompositeType {
    /// In their order.
    pub attributes: Vec<Attribute>,
}

/// One attribute of a composite type.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Attribute {
    pub name: String,
    #[serde(rename = "type")]
    pub data_type: String,
    pub collation: Option<String>,
    pub comment: Option<String>,
}

pub struct CompositeTypes;

impl Kind for CompositeTypes {
    fn name(&self) -> &'static str {
        "composite_type"
    }

    fn catalog(&self) -> Catalog {
        Catalog::Type
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<(), CatalogError> {
        let (users, attributes) = (reader.users("t.oid"), reader.users("a.attrelid"));
        let rows = reader.query(&format!(
            "SELECT t.oid, t.typnamespace, t.typname::text, t.typowner, t.typacl::text[], t.typarray, t.typrelid, \
             a.numbers, a.names, a.types, a.collations, a.comments \
             FROM pg_catalog.pg_type t JOIN pg_catalog.pg_class c ON c.oid = t.typrelid AND c.relkind = 'c' \
             LEFT JOIN (SELECT a.attrelid, pg_catalog.array_agg(a.attnum ORDER BY a.attnum) AS numbers, \
             pg_catalog.array_agg(a.attname::text ORDER BY a.attnum) AS names, \
             pg_catalog.array_agg(pg_catalog.format_type(a.atttypid, a.atttypmod) ORDER BY a.attnum) AS types, \
             pg_catalog.array_agg(CASE WHEN a.attcollation <> y.typcollation THEN \
             pg_catalog.quote_ident(m.nspname) || '.' || pg_catalog.quote_ident(l.collname) END ORDER BY a.attnum) AS collations, \
             pg_catalog.array_agg(pg_catalog.col_description(a.attrelid, a.attnum) ORDER BY a.attnum) AS comments \
             FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class r ON r.oid = a.attrelid AND r.relkind = 'c' \
             JOIN pg_catalog.pg_type y ON y.oid = a.atttypid \
             LEFT JOIN pg_catalog.pg_collation l ON l.oid = a.attcollation \
             LEFT JOIN pg_catalog.pg_namespace m ON m.oid = l.collnamespace \
             WHERE {attributes} AND a.attnum > 0 AND NOT a.attisdropped GROUP BY a.attrelid) a ON a.attrelid = c.oid \
             WHERE t.typtype = 'c' AND {users}"
        ))?;
        for row in &rows {
            let mut fields = Fields::of(row, "composite type");
            let oid = fields.oid()?;
            let Some(schema) = reader.schema(fields.oid()?).map(str::to_owned) else { continue };
            let key = Key::new("composite_type", &[&schema, &fields.text()?]);
            let (owner, acl) = (Some(reader.role(fields.oid()?)), parse_acl(fields.maybe_texts()?)?);
            let (array, relation) = (fields.oid()?, fields.oid()?);
            let numbers = fields.maybe_positions()?.unwrap_or_default();
            let (names, types) = (fields.maybe_texts()?.unwrap_or_default(), fields.maybe_texts()?.unwrap_or_default());
            let collations = fields.maybe_each_maybe_text()?.unwrap_or_default();
            let comments = fields.maybe_each_maybe_text()?.unwrap_or_default();
            let attributes = names
                .into_iter()
                .zip(types)
                .zip(collations)
                .zip(comments)
                .map(|(((name, data_type), collation), comment)| Attribute { name, data_type, collation, comment })
                .collect();
            let parent = Some(Key::new("schema", &[&schema]));
            let facts = facts_of(&CompositeType { attributes })?;
            if reader.add(
                Address::of(Catalog::Type, oid, 0),
                key.clone(),
                Object { parent, owner, acl, facts, ..Object::default() },
            ) {
                reader.also(Address::of(Catalog::Type, array, 0), &key);
                reader.also(Address::of(Catalog::Class, relation, 0), &key);
                for number in numbers {
                    reader.also(Address::of(Catalog::Class, relation, i32::from(number)), &key);
                }
            }
        }
        Ok(())
    }
}
