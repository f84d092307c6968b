//! Foreign-data wrappers (<https://www.postgresql.org/docs/current/sql-createforeigndatawrapper.html>).

pub mod ddl;

use serde::{Deserialize, Serialize};

use crate::catalog::object::{facts_of, parse_acl};
use crate::catalog::reader::{Fields, Reader};
use crate::catalog::{Address, Catalog, CatalogError, Key, Kind, Object, foreign, spelling};

/// The facts of a foreign-data wrapper.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ForeignDataWrapper {
    pub handler: Option<String>,
    pub validator: Option<String>,
    pub options: Vec<String>,
    /// Options that are set, to a secret.
    pub secrets: Vec<String>,
}

pub struct ForeignDataWrappers;

impl Kind for ForeignDataWrappers {
    fn name(&self) -> &'static str {
        "foreign_data_wrapper"
    }

    fn catalog(&self) -> Catalog {
        Catalog::ForeignDataWrapper
    }

    fn is_rare(&self) -> bool {
        true
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<(), CatalogError> {
        let rows = reader.query(&format!(
            "SELECT w.oid, w.fdwname::text, w.fdwowner, w.fdwacl::text[], {}, {}, {} \
             FROM pg_catalog.pg_foreign_data_wrapper w WHERE w.oid >= 16384",
            spelling::function("w.fdwhandler"),
            spelling::function("w.fdwvalidator"),
            foreign::query("w.fdwoptions")
        ))?;
        for row in &rows {
            let mut fields = Fields::of(row, "foreign-data wrapper");
            let (oid, name) = (fields.oid()?, fields.text()?);
            let (owner, acl) = (Some(reader.role(fields.oid()?)), parse_acl(fields.maybe_texts()?)?);
            let (handler, validator) = (fields.maybe_text()?, fields.maybe_text()?);
            let (options, secrets) = foreign::parted(fields.texts()?);
            let facts = facts_of(&ForeignDataWrapper { handler, validator, options, secrets })?;
            let object = Object { owner, acl, facts, ..Object::default() };
            let key = Key::new("foreign_data_wrapper", &[&name]);
            reader.add(Address::of(Catalog::ForeignDataWrapper, oid, 0), key, object);
        }
        Ok(())
    }
}
