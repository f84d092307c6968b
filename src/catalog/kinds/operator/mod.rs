//! Operators (<https://www.postgresql.org/docs/current/sql-createoperator.html>). One that is only named as the
//! commutator or negator of another, and not made yet, is none.

pub mod ddl;

use serde::{Deserialize, Serialize};

use crate::catalog::object::facts_of;
use crate::catalog::reader::{Fields, Reader};
use crate::catalog::{Address, Catalog, CatalogError, Kind, Object, spelling};

/// The facts of an operator.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Operator {
    /// None of a prefix operator.
    pub left: Option<String>,
    pub right: String,
    pub returns: String,
    pub function: String,
    pub commutator: Option<String>,
    pub negator: Option<String>,
    pub restrict: Option<String>,
    pub join: Option<String>,
    pub merges: bool,
    pub hashes: bool,
}

pub struct Operators;

impl Kind for Operators {
    fn name(&self) -> &'static str {
        "operator"
    }

    fn catalog(&self) -> Catalog {
        Catalog::Operator
    }

    fn is_rare(&self) -> bool {
        true
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<(), CatalogError> {
        let rows = reader.query(&format!(
            "SELECT o.oid, o.oprnamespace, o.oprname::text, o.oprowner, \
             CASE WHEN o.oprkind = 'b' THEN pg_catalog.format_type(o.oprleft, NULL) END, \
             pg_catalog.format_type(o.oprright, NULL), pg_catalog.format_type(o.oprresult, NULL), {}, {}, {}, {}, {}, \
             o.oprcanmerge, o.oprcanhash FROM pg_catalog.pg_operator o WHERE o.oid >= 16384 AND o.oprcode <> 0",
            spelling::function("o.oprcode"),
            spelling::operator("o.oprcom"),
            spelling::operator("o.oprnegate"),
            spelling::function("o.oprrest"),
            spelling::function("o.oprjoin"),
        ))?;
        for row in &rows {
            let mut fields = Fields::of(row, "operator");
            let (oid, schema, name) = (fields.oid()?, fields.oid()?, fields.text()?);
            let owner = Some(reader.role(fields.oid()?));
            let facts = Operator {
                left: fields.maybe_text()?,
                right: fields.text()?,
                returns: fields.text()?,
                function: fields.text()?,
                commutator: fields.maybe_text()?,
                negator: fields.maybe_text()?,
                restrict: fields.maybe_text()?,
                join: fields.maybe_text()?,
                merges: fields.yes()?,
                hashes: fields.yes()?,
            };
            let name = format!("{name}({}, {})", facts.left.as_deref().unwrap_or("NONE"), facts.right);
            let Some((key, parent)) = reader.in_schema("operator", schema, &name) else { continue };
            let object = Object { parent: Some(parent), owner, facts: facts_of(&facts)?, ..Object::default() };
            reader.add(Address::of(Catalog::Operator, oid, 0), key, object);
        }
        Ok(())
    }
}
