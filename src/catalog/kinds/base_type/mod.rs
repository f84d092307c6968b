//! Base types and shell types (<https://www.postgresql.org/docs/current/sql-createtype.html>).

pub mod ddl;

use serde::{Deserialize, Serialize};

use crate::catalog::object::{facts_of, parse_acl};
use crate::catalog::reader::{Fields, Reader};
use crate::catalog::{Address, Catalog, CatalogError, Kind, Object, spelling};

/// The facts of a base type. Of a shell type only that it is one.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct BaseType {
    pub shell: bool,
    pub input: Option<String>,
    pub output: Option<String>,
    pub receive: Option<String>,
    pub send: Option<String>,
    pub modifier_in: Option<String>,
    pub modifier_out: Option<String>,
    pub analyze: Option<String>,
    pub subscript: Option<String>,
    /// Bytes, -1 for any number.
    pub length: i32,
    pub by_value: bool,
    pub alignment: String,
    pub storage: String,
    pub category: String,
    pub preferred: bool,
    pub default: Option<String>,
    pub element: Option<String>,
    pub delimiter: String,
    pub collatable: bool,
}

pub struct BaseTypes;

impl Kind for BaseTypes {
    fn name(&self) -> &'static str {
        "base_type"
    }

    fn catalog(&self) -> Catalog {
        Catalog::Type
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<(), CatalogError> {
        let functions: Vec<String> =
            ["typinput", "typoutput", "typreceive", "typsend", "typmodin", "typmodout", "typanalyze", "typsubscript"]
                .iter()
                .map(|column| spelling::function(&format!("t.{column}")))
                .collect();
        let users = reader.users("t.oid");
        let rows = reader.query(&format!(
            "SELECT t.oid, t.typnamespace, t.typname::text, t.typowner, t.typacl::text[], NOT t.typisdefined, {}, \
             t.typlen::int4, t.typbyval, t.typalign::text, t.typstorage::text, t.typcategory::text, t.typispreferred, \
             t.typdefault, CASE WHEN t.typelem <> 0 THEN pg_catalog.format_type(t.typelem, NULL) END, t.typdelim::text, \
             t.typcollation <> 0, t.typarray FROM pg_catalog.pg_type t WHERE {users} \
             AND (t.typtype = 'b' OR t.typtype = 'p' AND NOT t.typisdefined) \
             AND NOT EXISTS (SELECT FROM pg_catalog.pg_type e WHERE e.typarray = t.oid)",
            functions.join(", ")
        ))?;
        for row in &rows {
            let mut fields = Fields::of(row, "base type");
            let (oid, schema, name) = (fields.oid()?, fields.oid()?, fields.text()?);
            let Some((key, parent)) = reader.in_schema("base_type", schema, &name) else { continue };
            let (owner, acl) = (Some(reader.role(fields.oid()?)), parse_acl(fields.maybe_texts()?)?);
            let shell = fields.yes()?;
            let mut facts = BaseType {
                shell,
                input: fields.maybe_text()?,
                output: fields.maybe_text()?,
                receive: fields.maybe_text()?,
                send: fields.maybe_text()?,
                modifier_in: fields.maybe_text()?,
                modifier_out: fields.maybe_text()?,
                analyze: fields.maybe_text()?,
                subscript: fields.maybe_text()?,
                length: fields.number()?,
                by_value: fields.yes()?,
                alignment: alignment(&fields.text()?).to_owned(),
                storage: storage(&fields.text()?).to_owned(),
                category: fields.text()?,
                preferred: fields.yes()?,
                default: fields.maybe_text()?,
                element: fields.maybe_text()?,
                delimiter: fields.text()?,
                collatable: fields.yes()?,
            };
            if shell {
                facts = BaseType { shell, ..BaseType::default() };
            }
            let array = fields.oid()?;
            let object = Object { parent: Some(parent), owner, acl, facts: facts_of(&facts)?, ..Object::default() };
            if reader.add(Address::of(Catalog::Type, oid, 0), key.clone(), object) && array != 0 {
                reader.also(Address::of(Catalog::Type, array, 0), &key);
            }
        }
        Ok(())
    }
}

fn alignment(letter: &str) -> &'static str {
    match letter {
        "c" => "char",
        "s" => "int2",
        "d" => "double",
        _ => "int4",
    }
}

fn storage(letter: &str) -> &'static str {
    match letter {
        "e" => "external",
        "m" => "main",
        "x" => "extended",
        _ => "plain",
    }
}
