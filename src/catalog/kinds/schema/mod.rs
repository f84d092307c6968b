//! Schemas (<https://www.postgresql.org/docs/current/ddl-schemas.html>). A schema has no facts but its owner,
//! privileges and comment.

pub mod ddl;

use crate::catalog::object::parse_acl;
use crate::catalog::reader::{Fields, Reader};
use crate::catalog::{Address, Catalog, CatalogError, Key, Kind, Object};

pub struct Schemas;

impl Kind for Schemas {
    fn name(&self) -> &'static str {
        "schema"
    }

    fn catalog(&self) -> Catalog {
        Catalog::Namespace
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<(), CatalogError> {
        let rows = reader.query(
            "SELECT n.oid, n.nspname::text, n.nspowner, n.nspacl::text[] FROM pg_catalog.pg_namespace n \
             WHERE n.nspname !~ '^pg_' OR n.nspname = 'pg_catalog'",
        )?;
        for row in &rows {
            let mut fields = Fields::of(row, "schema");
            let (oid, name) = (fields.oid()?, fields.text()?);
            let owner = Some(reader.role(fields.oid()?));
            // What users put into the server's own schemas is theirs; the schemas are not.
            if matches!(name.as_str(), "pg_catalog" | "information_schema") {
                reader.also(Address::of(Catalog::Namespace, oid, 0), &Key::new("schema", &[&name]));
                continue;
            }
            let object = Object { owner, acl: parse_acl(fields.maybe_texts()?)?, ..Object::default() };
            reader.add(Address::of(Catalog::Namespace, oid, 0), Key::new("schema", &[&name]), object);
        }
        Ok(())
    }
}
