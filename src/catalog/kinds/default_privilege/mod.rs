//! Default privileges (<https://www.postgresql.org/docs/current/sql-alterdefaultprivileges.html>): what new objects of a
//! role are granted. They have no facts but their privileges, and belong to the role whose objects they are for.

pub mod ddl;

use crate::catalog::object::parse_acl;
use crate::catalog::reader::{Fields, Reader};
use crate::catalog::{Address, Catalog, CatalogError, Key, Kind, Object};

pub struct DefaultPrivileges;

impl Kind for DefaultPrivileges {
    fn name(&self) -> &'static str {
        "default_privilege"
    }

    fn catalog(&self) -> Catalog {
        Catalog::DefaultAcl
    }

    fn is_rare(&self) -> bool {
        true
    }

    fn role_at(&self) -> Option<usize> {
        Some(0)
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<(), CatalogError> {
        let rows = reader.query(
            "SELECT d.oid, d.defaclrole, d.defaclnamespace, d.defaclobjtype::text, d.defaclacl::text[] \
             FROM pg_catalog.pg_default_acl d",
        )?;
        for row in &rows {
            let mut fields = Fields::of(row, "default privilege");
            let (oid, role, schema) = (fields.oid()?, reader.role(fields.oid()?), fields.oid()?);
            let objects = match fields.text()?.as_str() {
                "r" => "tables",
                "S" => "sequences",
                "f" => "functions",
                "T" => "types",
                "n" => "schemas",
                "L" => "large objects",
                other => {
                    let because = format!("{other:?} is no sort of objects");
                    return Err(CatalogError::Shape { what: "default privilege", because });
                }
            };
            let (key, parent) = if schema == 0 {
                (Key::new("default_privilege", &[&role, objects]), None)
            } else {
                let Some(schema) = reader.schema(schema) else { continue };
                let parent = Key::new("schema", &[schema]);
                (Key::new("default_privilege", &[&role, schema, objects]), Some(parent))
            };
            let acl = parse_acl(fields.maybe_texts()?)?;
            let object = Object { parent, owner: Some(role), acl, ..Object::default() };
            reader.add(Address::of(Catalog::DefaultAcl, oid, 0), key, object);
        }
        Ok(())
    }
}
