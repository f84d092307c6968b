//! Enums (<https://www.postgresql.org/docs/current/datatype-enum.html>).

pub mod ddl;

use serde::{Deserialize, Serialize};

use crate::catalog::object::{facts_of, parse_acl};
use crate::catalog::reader::{Fields, Reader};
use crate::catalog::{Address, Catalog, CatalogError, Key, Kind, Object};

/// The facts of an enum.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Enum {
    /// In their order.
    pub labels: Vec<String>,
}

pub struct Enums;

impl Kind for Enums {
    fn name(&self) -> &'static str {
        "enum"
    }

    fn catalog(&self) -> Catalog {
        Catalog::Type
    }

    fn catalogs(&self) -> &'static [Catalog] {
        &[Catalog::Enum]
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<(), CatalogError> {
        let users = reader.users("t.oid");
        let rows = reader.query(&format!(
            "SELECT t.oid, t.typnamespace, t.typname::text, t.typowner, t.typacl::text[], t.typarray, \
             ARRAY(SELECT e.enumlabel::text FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder) \
             FROM pg_catalog.pg_type t WHERE t.typtype = 'e' AND {users}"
        ))?;
        for row in &rows {
            let mut fields = Fields::of(row, "enum");
            let oid = fields.oid()?;
            let Some(schema) = reader.schema(fields.oid()?).map(str::to_owned) else { continue };
            let key = Key::new("enum", &[&schema, &fields.text()?]);
            let (owner, acl) = (Some(reader.role(fields.oid()?)), parse_acl(fields.maybe_texts()?)?);
            let array = fields.oid()?;
            let facts = facts_of(&Enum { labels: fields.texts()? })?;
            let parent = Some(Key::new("schema", &[&schema]));
            if reader.add(
                Address::of(Catalog::Type, oid, 0),
                key.clone(),
                Object { parent, owner, acl, facts, ..Object::default() },
            ) {
                reader.also(Address::of(Catalog::Type, array, 0), &key);
            }
        }
        Ok(())
    }
}
