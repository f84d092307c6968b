//! Range types, each with its multirange type (<https://www.postgresql.org/docs/current/rangetypes.html>). The
//! constructors and casts that PostgreSQL makes with them belong to them.

pub mod ddl;

use serde::{Deserialize, Serialize};

use crate::catalog::object::{facts_of, parse_acl};
use crate::catalog::reader::{Fields, Reader};
use crate::catalog::{Address, Catalog, CatalogError, Kind, Object, spelling};

/// The facts of a range type.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RangeType {
    pub subtype: String,
    pub operator_class: String,
    /// Where it is not the subtype's own.
    pub collation: Option<String>,
    pub canonical: Option<String>,
    pub difference: Option<String>,
    /// The name of its multirange type.
    pub multirange: String,
}

pub struct RangeTypes;

impl Kind for RangeTypes {
    fn name(&self) -> &'static str {
        "range_type"
    }

    fn catalog(&self) -> Catalog {
        Catalog::Type
    }

    fn catalogs(&self) -> &'static [Catalog] {
        &[Catalog::Range]
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<(), CatalogError> {
        let made = |catalog: &str| {
            format!(
                "ARRAY(SELECT d.objid FROM pg_catalog.pg_depend d WHERE d.refobjid IN (t.oid, m.oid) AND d.deptype = 'i' \
                 AND d.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass \
                 AND d.classid = 'pg_catalog.{catalog}'::pg_catalog.regclass)"
            )
        };
        let rows = reader.query(&format!(
            "SELECT t.oid, t.typnamespace, t.typname::text, t.typowner, t.typacl::text[], \
             pg_catalog.format_type(r.rngsubtype, NULL), {}, CASE WHEN r.rngcollation <> s.typcollation THEN {} END, {}, {}, \
             m.typname::text, ARRAY[t.typarray, m.oid, m.typarray], {}, {} \
             FROM pg_catalog.pg_range r JOIN pg_catalog.pg_type t ON t.oid = r.rngtypid \
             JOIN pg_catalog.pg_type s ON s.oid = r.rngsubtype JOIN pg_catalog.pg_type m ON m.oid = r.rngmultitypid \
             WHERE t.oid >= 16384",
            spelling::qualified("pg_opclass", "r.rngsubopc"),
            spelling::qualified("pg_collation", "r.rngcollation"),
            spelling::function("r.rngcanonical"),
            spelling::function("r.rngsubdiff"),
            made("pg_proc"),
            made("pg_cast")
        ))?;
        for row in &rows {
            let mut fields = Fields::of(row, "range type");
            let (oid, schema, name) = (fields.oid()?, fields.oid()?, fields.text()?);
            let Some((key, parent)) = reader.in_schema("range_type", schema, &name) else { continue };
            let (owner, acl) = (Some(reader.role(fields.oid()?)), parse_acl(fields.maybe_texts()?)?);
            let facts = RangeType {
                subtype: fields.text()?,
                operator_class: fields.text()?,
                collation: fields.maybe_text()?,
                canonical: fields.maybe_text()?,
                difference: fields.maybe_text()?,
                multirange: fields.text()?,
            };
            let (types, functions, casts) = (fields.oids()?, fields.oids()?, fields.oids()?);
            let object = Object { parent: Some(parent), owner, acl, facts: facts_of(&facts)?, ..Object::default() };
            if reader.add(Address::of(Catalog::Type, oid, 0), key.clone(), object) {
                for (class, oids) in [(Catalog::Type, types), (Catalog::Proc, functions), (Catalog::Cast, casts)] {
                    for oid in oids {
                        reader.also(Address::of(class, oid, 0), &key);
                    }
                }
            }
        }
        Ok(())
    }
}
