//! Text search dictionaries (<https://www.postgresql.org/docs/current/sql-createtsdictionary.html>).

pub mod ddl;

use serde::{Deserialize, Serialize};

use crate::catalog::object::facts_of;
use crate::catalog::reader::{Fields, Reader};
use crate::catalog::{Address, Catalog, CatalogError, Kind, Object, spelling};

/// The facts of a text search dictionary.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TextSearchDictionary {
    pub template: String,
    /// As PostgreSQL keeps them: `language = 'english', stopwords = 'english'`.
    pub options: Option<String>,
}

pub struct TextSearchDictionaries;

impl Kind for TextSearchDictionaries {
    fn name(&self) -> &'static str {
        "text_search_dictionary"
    }

    fn catalog(&self) -> Catalog {
        Catalog::TsDict
    }

    fn is_rare(&self) -> bool {
        true
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<(), CatalogError> {
        let rows = reader.query(&format!(
            "SELECT d.oid, d.dictnamespace, d.dictname::text, d.dictowner, {}, d.dictinitoption \
             FROM pg_catalog.pg_ts_dict d WHERE d.oid >= 16384",
            spelling::qualified("pg_ts_template", "d.dicttemplate")
        ))?;
        for row in &rows {
            let mut fields = Fields::of(row, "text search dictionary");
            let (oid, schema, name) = (fields.oid()?, fields.oid()?, fields.text()?);
            let Some((key, parent)) = reader.in_schema("text_search_dictionary", schema, &name) else { continue };
            let owner = Some(reader.role(fields.oid()?));
            let facts = facts_of(&TextSearchDictionary { template: fields.text()?, options: fields.maybe_text()? })?;
            let object = Object { parent: Some(parent), owner, facts, ..Object::default() };
            reader.add(Address::of(Catalog::TsDict, oid, 0), key, object);
        }
        Ok(())
    }
}
