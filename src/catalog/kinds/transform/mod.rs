//! Transforms of types for languages (<https://www.postgresql.org/docs/current/sql-createtransform.html>). A transform has no
//! name: its key says for what it is.

pub mod ddl;

use serde::{Deserialize, Serialize};

use crate::base::quote_ident;
use crate::catalog::object::facts_of;
use crate::catalog::reader::{Fields, Reader};
use crate::catalog::{Address, Catalog, CatalogError, Key, Kind, Object, spelling};

/// The facts of a transform.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Transform {
    pub from_sql: Option<String>,
    pub to_sql: Option<String>,
}

pub struct Transforms;

impl Kind for Transforms {
    fn name(&self) -> &'static str {
        "transform"
    }

    fn catalog(&self) -> Catalog {
        Catalog::Transform
    }

    fn is_rare(&self) -> bool {
        true
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<(), CatalogError> {
        let rows = reader.query(&format!(
            "SELECT r.oid, pg_catalog.format_type(r.trftype, NULL), l.lanname::text, {}, {} \
             FROM pg_catalog.pg_transform r JOIN pg_catalog.pg_language l ON l.oid = r.trflang WHERE r.oid >= 16384",
            spelling::signature("r.trffromsql"),
            spelling::signature("r.trftosql")
        ))?;
        for row in &rows {
            let mut fields = Fields::of(row, "transform");
            let (oid, name, language) = (fields.oid()?, fields.text()?, fields.text()?);
            let key = Key::new("transform", &[&format!("FOR {name} LANGUAGE {}", quote_ident(&language))]);
            let facts = facts_of(&Transform { from_sql: fields.maybe_text()?, to_sql: fields.maybe_text()? })?;
            reader.add(Address::of(Catalog::Transform, oid, 0), key, Object { facts, ..Object::default() });
        }
        Ok(())
    }
}
