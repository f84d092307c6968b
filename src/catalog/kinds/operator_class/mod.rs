//! Operator classes (<https://www.postgresql.org/docs/current/sql-createopclass.html>).

pub mod ddl;

use serde::{Deserialize, Serialize};

use super::operator_family::{Member, members, parted};
use crate::base::quote_ident;
use crate::catalog::object::facts_of;
use crate::catalog::reader::{Fields, Reader};
use crate::catalog::{Address, Catalog, CatalogError, Kind, Object, spelling};

/// The facts of an operator class.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct OperatorClass {
    #[serde(rename = "type")]
    pub data_type: String,
    pub default: bool,
    pub family: String,
    /// The type that an index keeps, where it is another one.
    pub storage: Option<String>,
    pub members: Vec<Member>,
}

pub struct OperatorClasses;

impl Kind for OperatorClasses {
    fn name(&self) -> &'static str {
        "operator_class"
    }

    fn catalog(&self) -> Catalog {
        Catalog::Opclass
    }

    fn is_rare(&self) -> bool {
        true
    }

    fn catalogs(&self) -> &'static [Catalog] {
        &[Catalog::Amop, Catalog::Amproc]
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<(), CatalogError> {
        let rows = reader.query(&format!(
            "SELECT c.oid, c.opcnamespace, c.opcname::text, a.amname::text, c.opcowner, \
             pg_catalog.format_type(c.opcintype, NULL), c.opcdefault, {}, \
             CASE WHEN c.opckeytype <> 0 THEN pg_catalog.format_type(c.opckeytype, NULL) END, {} \
             FROM pg_catalog.pg_opclass c JOIN pg_catalog.pg_am a ON a.oid = c.opcmethod WHERE c.oid >= 16384",
            spelling::qualified("pg_opfamily", "c.opcfamily"),
            members("pg_opclass", "c.oid")
        ))?;
        for row in &rows {
            let mut fields = Fields::of(row, "operator class");
            let (oid, schema) = (fields.oid()?, fields.oid()?);
            let name = format!("{} USING {}", quote_ident(&fields.text()?), quote_ident(&fields.text()?));
            let Some((key, parent)) = reader.in_schema("operator_class", schema, &name) else { continue };
            let owner = Some(reader.role(fields.oid()?));
            let facts = OperatorClass {
                data_type: fields.text()?,
                default: fields.yes()?,
                family: fields.text()?,
                storage: fields.maybe_text()?,
                members: parted(fields.texts()?),
            };
            let (operators, functions) = (fields.oids()?, fields.oids()?);
            let object = Object { parent: Some(parent), owner, facts: facts_of(&facts)?, ..Object::default() };
            if reader.add(Address::of(Catalog::Opclass, oid, 0), key.clone(), object) {
                for oid in operators {
                    reader.also(Address::of(Catalog::Amop, oid, 0), &key);
                }
                for oid in functions {
                    reader.also(Address::of(Catalog::Amproc, oid, 0), &key);
                }
            }
        }
        Ok(())
    }
}
