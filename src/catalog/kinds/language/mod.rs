//! Procedural languages (<https://www.postgresql.org/docs/current/sql-createlanguage.html>). Those of extensions belong to them.

pub mod ddl;

use serde::{Deserialize, Serialize};

use crate::catalog::object::{facts_of, parse_acl};
use crate::catalog::reader::{Fields, Reader};
use crate::catalog::{Address, Catalog, CatalogError, Key, Kind, Object, spelling};

/// The facts of a language.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Language {
    pub trusted: bool,
    pub handler: Option<String>,
    pub inline: Option<String>,
    pub validator: Option<String>,
}

pub struct Languages;

impl Kind for Languages {
    fn name(&self) -> &'static str {
        "language"
    }

    fn catalog(&self) -> Catalog {
        Catalog::Language
    }

    fn is_rare(&self) -> bool {
        true
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<(), CatalogError> {
        let rows = reader.query(&format!(
            "SELECT l.oid, l.lanname::text, l.lanowner, l.lanacl::text[], l.lanpltrusted, {}, {}, {} \
             FROM pg_catalog.pg_language l WHERE l.oid >= 16384 AND l.lanispl",
            spelling::function("l.lanplcallfoid"),
            spelling::function("l.laninline"),
            spelling::function("l.lanvalidator")
        ))?;
        for row in &rows {
            let mut fields = Fields::of(row, "language");
            let (oid, name) = (fields.oid()?, fields.text()?);
            let (owner, acl) = (Some(reader.role(fields.oid()?)), parse_acl(fields.maybe_texts()?)?);
            let facts = Language {
                trusted: fields.yes()?,
                handler: fields.maybe_text()?,
                inline: fields.maybe_text()?,
                validator: fields.maybe_text()?,
            };
            let object = Object { owner, acl, facts: facts_of(&facts)?, ..Object::default() };
            reader.add(Address::of(Catalog::Language, oid, 0), Key::new("language", &[&name]), object);
        }
        Ok(())
    }
}
