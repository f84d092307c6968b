//! Extensions (<https://www.postgresql.org/docs/current/sql-createextension.html>). Their members belong to them and are
//! not listed.

pub mod ddl;

use serde::{Deserialize, Serialize};

use crate::catalog::object::facts_of;
use crate::catalog::reader::{Fields, Reader};
use crate::catalog::{Address, Catalog, CatalogError, Key, Kind, Object};

/// The facts of an extension.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Extension {
    pub version: String,
    pub schema: String,
}

pub struct Extensions;

impl Kind for Extensions {
    fn name(&self) -> &'static str {
        "extension"
    }

    fn catalog(&self) -> Catalog {
        Catalog::Extension
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<(), CatalogError> {
        let rows = reader.query(
            "SELECT e.oid, e.extname::text, e.extowner, e.extversion, m.nspname::text \
             FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace m ON m.oid = e.extnamespace",
        )?;
        for row in &rows {
            let mut fields = Fields::of(row, "extension");
            let (oid, name) = (fields.oid()?, fields.text()?);
            let owner = Some(reader.role(fields.oid()?));
            let facts = facts_of(&Extension { version: fields.text()?, schema: fields.text()? })?;
            let object = Object { owner, facts, ..Object::default() };
            reader.add(Address::of(Catalog::Extension, oid, 0), Key::new("extension", &[&name]), object);
        }
        Ok(())
    }
}
