//! Extensions (<https://www.postgresql.org/docs/current/sql-createextension.html>). Their members belong to them and are
//! no objects of their own.

pub mod ddl;

use serde::{Deserialize, Serialize};

use crate::base::quote_ident;
use crate::catalog::object::facts_of;
use crate::catalog::reader::{Fields, Reader};
use crate::catalog::{Address, Catalog, CatalogError, Key, Kind, Object};

/// The facts of an extension.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Extension {
    pub version: String,
    pub schema: String,
    /// What belongs to it, by kind and name as PostgreSQL identifies it, without the extension's own schema:
    /// `function f(integer)`.
    pub members: Vec<String>,
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
            "SELECT e.oid, e.extname::text, e.extowner, e.extversion, m.nspname::text, \
             ARRAY(SELECT o.type || ' ' || o.identity FROM pg_catalog.pg_depend d, \
             LATERAL pg_catalog.pg_identify_object(d.classid, d.objid, d.objsubid) o \
             WHERE d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.refobjid = e.oid \
             AND d.deptype = 'e') \
             FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace m ON m.oid = e.extnamespace",
        )?;
        for row in &rows {
            let mut fields = Fields::of(row, "extension");
            let (oid, name) = (fields.oid()?, fields.text()?);
            let owner = Some(reader.role(fields.oid()?));
            let (version, schema) = (fields.text()?, fields.text()?);
            let mut members: Vec<String> =
                fields.texts()?.iter().map(|member| without_schema(member, &quote_ident(&schema))).collect();
            members.sort_unstable();
            let facts = facts_of(&Extension { version, schema, members })?;
            let object = Object { owner, facts, ..Object::default() };
            reader.add(Address::of(Catalog::Extension, oid, 0), Key::new("extension", &[&name]), object);
        }
        Ok(())
    }
}

/// An identity with the names in this schema left bare: they move with the extension.
fn without_schema(identity: &str, schema: &str) -> String {
    let prefix = format!("{schema}.");
    let mut bare = String::with_capacity(identity.len());
    for (at, part) in identity.split(&prefix).enumerate() {
        if at > 0 && bare.ends_with(|c: char| c == '_' || c == '$' || c == '"' || c.is_alphanumeric()) {
            bare.push_str(&prefix);
        }
        bare.push_str(part);
    }
    bare
}

#[cfg(test)]
mod tests {
    use super::without_schema;

    #[test]
    fn only_whole_names_of_schemas_are_left_out() {
        for (identity, schema, bare) in [
            ("function public.f(public.v, integer)", "public", "function f(v, integer)"),
            ("function notpublic.f(public.v[])", "public", "function notpublic.f(v[])"),
            ("operator \"a b\".=(\"a b\".v,\"a b\".v)", "\"a b\"", "operator =(v,v)"),
            ("cast (s.v AS s.w)", "s", "cast (v AS w)"),
            ("schema public", "public", "schema public"),
        ] {
            assert_eq!(without_schema(identity, schema), bare);
        }
    }
}
