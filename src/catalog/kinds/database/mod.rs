//! The database itself (<https://www.postgresql.org/docs/current/sql-createdatabase.html>), without its name: a copy of
//! it may bear another.

pub mod ddl;

use serde::{Deserialize, Serialize};

use crate::catalog::object::{facts_of, parse_acl};
use crate::catalog::reader::{Fields, Reader};
use crate::catalog::{Address, Catalog, CatalogError, Key, Kind, Object};

/// The facts of the database.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Database {
    pub encoding: String,
    /// `libc`, `icu` or `builtin`.
    pub provider: String,
    pub collate: String,
    pub ctype: String,
    /// Of the providers other than libc.
    pub locale: Option<String>,
    pub rules: Option<String>,
    pub template: bool,
    /// Nobody may connect anew.
    pub closed: bool,
    pub connection_limit: Option<i32>,
    /// Where it is not the default.
    pub tablespace: Option<String>,
}

/// What stands for the name of the database.
pub const NAME: &str = "current";

pub struct Databases;

impl Kind for Databases {
    fn name(&self) -> &'static str {
        "database"
    }

    fn catalog(&self) -> Catalog {
        Catalog::Database
    }

    fn is_dumped(&self) -> bool {
        false
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<(), CatalogError> {
        let version = reader.version();
        let provider = if version.at_least(15) { "b.datlocprovider::text" } else { "'c'::text" };
        let locale = match version.major() {
            17.. => "b.datlocale::text",
            15.. => "b.daticulocale::text",
            _ => "NULL::text",
        };
        let rules = if version.at_least(16) { "b.daticurules" } else { "NULL::text" };
        let rows = reader.query(&format!(
            "SELECT b.oid, b.datdba, b.datacl::text[], pg_catalog.shobj_description(b.oid, 'pg_database'), \
             pg_catalog.pg_encoding_to_char(b.encoding)::text, {provider}, b.datcollate::text, b.datctype::text, {locale}, \
             {rules}, b.datistemplate, NOT b.datallowconn, NULLIF(b.datconnlimit, -1), NULLIF(s.spcname::text, 'pg_default') \
             FROM pg_catalog.pg_database b JOIN pg_catalog.pg_tablespace s ON s.oid = b.dattablespace \
             WHERE b.datname = pg_catalog.current_database()"
        ))?;
        for row in &rows {
            let mut fields = Fields::of(row, "database");
            let oid = fields.oid()?;
            let (owner, acl) = (Some(reader.role(fields.oid()?)), parse_acl(fields.maybe_texts()?)?);
            let comment = fields.maybe_text()?;
            let encoding = fields.text()?;
            let provider = match fields.text()?.as_str() {
                "i" => "icu",
                "b" => "builtin",
                _ => "libc",
            };
            let facts = Database {
                encoding,
                provider: provider.to_owned(),
                collate: fields.text()?,
                ctype: fields.text()?,
                locale: fields.maybe_text()?,
                rules: fields.maybe_text()?,
                template: fields.yes()?,
                closed: fields.yes()?,
                connection_limit: fields.maybe_number()?,
                tablespace: fields.maybe_text()?,
            };
            let object = Object { owner, acl, comment, facts: facts_of(&facts)?, ..Object::default() };
            reader.add(Address::of(Catalog::Database, oid, 0), Key::new("database", &[NAME]), object);
        }
        Ok(())
    }
}
