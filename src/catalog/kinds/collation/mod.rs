//! Collations (<https://www.postgresql.org/docs/current/sql-createcollation.html>). The version of the library behind
//! one is volatile: it is kept beside the snapshot, not in its fingerprint.

pub mod ddl;

use serde::{Deserialize, Serialize};

use crate::catalog::object::facts_of;
use crate::catalog::reader::{Fields, Reader};
use crate::catalog::{Address, Catalog, CatalogError, Kind, Object};

/// The facts of a collation.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Collation {
    /// `libc`, `icu` or `builtin`.
    pub provider: String,
    /// Of libc.
    pub collate: Option<String>,
    pub ctype: Option<String>,
    /// Of the other providers.
    pub locale: Option<String>,
    pub rules: Option<String>,
    pub nondeterministic: bool,
}

pub struct Collations;

impl Kind for Collations {
    fn name(&self) -> &'static str {
        "collation"
    }

    fn catalog(&self) -> Catalog {
        Catalog::Collation
    }

    fn is_rare(&self) -> bool {
        true
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<(), CatalogError> {
        let version = reader.version();
        // Before 15, ICU's locale stands where libc's does.
        let locale = match version.major() {
            17.. => "l.colllocale::text",
            15.. => "l.colliculocale::text",
            _ => "CASE WHEN l.collprovider = 'i' THEN l.collcollate::text END",
        };
        let rules = if version.at_least(16) { "l.collicurules" } else { "NULL::text" };
        let rows = reader.query(&format!(
            "SELECT l.oid, l.collnamespace, l.collname::text, l.collowner, l.collprovider::text, \
             CASE WHEN l.collprovider = 'c' THEN l.collcollate::text END, \
             CASE WHEN l.collprovider = 'c' THEN l.collctype::text END, \
             {locale}, {rules}, NOT l.collisdeterministic, l.collversion \
             FROM pg_catalog.pg_collation l WHERE l.oid >= 16384 AND l.collencoding IN (-1, \
             (SELECT b.encoding FROM pg_catalog.pg_database b WHERE b.datname = pg_catalog.current_database()))"
        ))?;
        for row in &rows {
            let mut fields = Fields::of(row, "collation");
            let (oid, schema, name) = (fields.oid()?, fields.oid()?, fields.text()?);
            let Some((key, parent)) = reader.in_schema("collation", schema, &name) else { continue };
            let owner = Some(reader.role(fields.oid()?));
            let provider = match fields.text()?.as_str() {
                "i" => "icu",
                "b" => "builtin",
                _ => "libc",
            };
            let facts = Collation {
                provider: provider.to_owned(),
                collate: fields.maybe_text()?,
                ctype: fields.maybe_text()?,
                locale: fields.maybe_text()?,
                rules: fields.maybe_text()?,
                nondeterministic: fields.yes()?,
            };
            let version = fields.maybe_text()?;
            let object = Object { parent: Some(parent), owner, facts: facts_of(&facts)?, ..Object::default() };
            if reader.add(Address::of(Catalog::Collation, oid, 0), key.clone(), object)
                && let Some(version) = version
            {
                reader.collation_version(&key, version);
            }
        }
        Ok(())
    }
}
