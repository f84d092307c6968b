//! Conversions between encodings (<https://www.postgresql.org/docs/current/sql-createconversion.html>).

pub mod ddl;

use serde::{Deserialize, Serialize};

use crate::catalog::object::facts_of;
use crate::catalog::reader::{Fields, Reader};
use crate::catalog::{Address, Catalog, CatalogError, Kind, Object, spelling};

/// The facts of a conversion.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Conversion {
    pub from: String,
    pub to: String,
    pub function: String,
    pub default: bool,
}

pub struct Conversions;

impl Kind for Conversions {
    fn name(&self) -> &'static str {
        "conversion"
    }

    fn catalog(&self) -> Catalog {
        Catalog::Conversion
    }

    fn is_rare(&self) -> bool {
        true
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<(), CatalogError> {
        let rows = reader.query(&format!(
            "SELECT c.oid, c.connamespace, c.conname::text, c.conowner, pg_catalog.pg_encoding_to_char(c.conforencoding)::text, \
             pg_catalog.pg_encoding_to_char(c.contoencoding)::text, {}, c.condefault \
             FROM pg_catalog.pg_conversion c WHERE c.oid >= 16384",
            spelling::function("c.conproc")
        ))?;
        for row in &rows {
            let mut fields = Fields::of(row, "conversion");
            let (oid, schema, name) = (fields.oid()?, fields.oid()?, fields.text()?);
            let Some((key, parent)) = reader.in_schema("conversion", schema, &name) else { continue };
            let owner = Some(reader.role(fields.oid()?));
            let (from, to) = (fields.text()?, fields.text()?);
            let facts = facts_of(&Conversion { from, to, function: fields.text()?, default: fields.yes()? })?;
            let object = Object { parent: Some(parent), owner, facts, ..Object::default() };
            reader.add(Address::of(Catalog::Conversion, oid, 0), key, object);
        }
        Ok(())
    }
}
