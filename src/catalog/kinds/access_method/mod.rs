//! Access methods of tables and indexes (<https://www.postgresql.org/docs/current/sql-create-access-method.html>).

pub mod ddl;

use serde::{Deserialize, Serialize};

use crate::catalog::object::facts_of;
use crate::catalog::reader::{Fields, Reader};
use crate::catalog::{Address, Catalog, CatalogError, Key, Kind, Object, spelling};

/// The facts of an access method.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AccessMethod {
    /// `table` or `index`.
    #[serde(rename = "type")]
    pub sort: String,
    pub handler: String,
}

pub struct AccessMethods;

impl Kind for AccessMethods {
    fn name(&self) -> &'static str {
        "access_method"
    }

    fn catalog(&self) -> Catalog {
        Catalog::Am
    }

    fn is_rare(&self) -> bool {
        true
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<(), CatalogError> {
        let rows = reader.query(&format!(
            "SELECT a.oid, a.amname::text, CASE WHEN a.amtype = 't' THEN 'table' ELSE 'index' END, {} \
             FROM pg_catalog.pg_am a WHERE a.oid >= 16384",
            spelling::function("a.amhandler")
        ))?;
        for row in &rows {
            let mut fields = Fields::of(row, "access method");
            let (oid, name) = (fields.oid()?, fields.text()?);
            let facts = facts_of(&AccessMethod { sort: fields.text()?, handler: fields.text()? })?;
            let key = Key::new("access_method", &[&name]);
            reader.add(Address::of(Catalog::Am, oid, 0), key, Object { facts, ..Object::default() });
        }
        Ok(())
    }
}
