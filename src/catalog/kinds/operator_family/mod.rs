//! Operator families (<https://www.postgresql.org/docs/current/sql-createopfamily.html>) with their loose members: those
//! of its classes belong to the classes.

pub mod ddl;

use serde::{Deserialize, Serialize};

use crate::base::quote_ident;
use crate::catalog::object::facts_of;
use crate::catalog::reader::{Fields, Reader};
use crate::catalog::{Address, Catalog, CatalogError, Kind, Object, spelling};

/// The facts of an operator family.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct OperatorFamily {
    pub members: Vec<Member>,
}

/// An operator or a support function of a family or a class.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default)]
pub struct Member {
    /// `OPERATOR 1` or `FUNCTION 1`.
    pub place: String,
    /// `(integer, integer)`
    pub types: String,
    pub is: String,
    /// The family of an ordering operator's result.
    pub order_by: Option<String>,
}

/// SQL for the members that depend on the object `owner` of the catalog `class`: their texts, their oids.
pub(in crate::catalog::kinds) fn members(class: &str, owner: &str) -> String {
    let of = |catalog: &str| {
        format!(
            "EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.objid = m.oid AND d.refobjid = {owner} \
             AND d.classid = 'pg_catalog.{catalog}'::pg_catalog.regclass \
             AND d.refclassid = 'pg_catalog.{class}'::pg_catalog.regclass)"
        )
    };
    let (operators, functions) = (of("pg_amop"), of("pg_amproc"));
    let operator = spelling::operator("m.amopopr");
    let order = spelling::qualified("pg_opfamily", "m.amopsortfamily");
    let function = spelling::signature("m.amproc");
    let types = |left: &str, right: &str| {
        format!(
            "'(' || pg_catalog.format_type(m.{left}, NULL) || ', ' || pg_catalog.format_type(m.{right}, NULL) || ')'"
        )
    };
    let (compared, supported) = (types("amoplefttype", "amoprighttype"), types("amproclefttype", "amprocrighttype"));
    format!(
        "ARRAY(SELECT pg_catalog.array_to_string(ARRAY['OPERATOR ' || m.amopstrategy, {compared}, {operator}, \
         CASE WHEN m.amoppurpose = 'o' THEN {order} END], E'\\x01') FROM pg_catalog.pg_amop m WHERE {operators} \
         UNION ALL SELECT pg_catalog.array_to_string(ARRAY['FUNCTION ' || m.amprocnum, {supported}, {function}], E'\\x01') \
         FROM pg_catalog.pg_amproc m WHERE {functions}), \
         ARRAY(SELECT m.oid FROM pg_catalog.pg_amop m WHERE {operators}), \
         ARRAY(SELECT m.oid FROM pg_catalog.pg_amproc m WHERE {functions})"
    )
}

/// The members of one row, sorted.
pub(in crate::catalog::kinds) fn parted(texts: Vec<String>) -> Vec<Member> {
    let mut members: Vec<Member> = texts
        .iter()
        .map(|text| {
            let mut parts = text.split('\x01').map(str::to_owned);
            let mut next = || parts.next();
            let (place, types, is) = (next(), next(), next());
            let whole = |part: Option<String>| part.unwrap_or_default();
            Member { place: whole(place), types: whole(types), is: whole(is), order_by: next() }
        })
        .collect();
    members.sort();
    members
}

pub struct OperatorFamilies;

impl Kind for OperatorFamilies {
    fn name(&self) -> &'static str {
        "operator_family"
    }

    fn catalog(&self) -> Catalog {
        Catalog::Opfamily
    }

    fn is_rare(&self) -> bool {
        true
    }

    fn catalogs(&self) -> &'static [Catalog] {
        &[Catalog::Amop, Catalog::Amproc]
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<(), CatalogError> {
        let rows = reader.query(&format!(
            "SELECT f.oid, f.opfnamespace, f.opfname::text, a.amname::text, f.opfowner, {} \
             FROM pg_catalog.pg_opfamily f JOIN pg_catalog.pg_am a ON a.oid = f.opfmethod WHERE f.oid >= 16384",
            members("pg_opfamily", "f.oid")
        ))?;
        for row in &rows {
            let mut fields = Fields::of(row, "operator family");
            let (oid, schema) = (fields.oid()?, fields.oid()?);
            let name = format!("{} USING {}", quote_ident(&fields.text()?), quote_ident(&fields.text()?));
            let Some((key, parent)) = reader.in_schema("operator_family", schema, &name) else { continue };
            let owner = Some(reader.role(fields.oid()?));
            let facts = facts_of(&OperatorFamily { members: parted(fields.texts()?) })?;
            let (operators, functions) = (fields.oids()?, fields.oids()?);
            let object = Object { parent: Some(parent), owner, facts, ..Object::default() };
            if reader.add(Address::of(Catalog::Opfamily, oid, 0), key.clone(), object) {
                for oid in operators {
                    reader.part(Address::of(Catalog::Amop, oid, 0), &key);
                }
                for oid in functions {
                    reader.part(Address::of(Catalog::Amproc, oid, 0), &key);
                }
            }
        }
        Ok(())
    }
}
