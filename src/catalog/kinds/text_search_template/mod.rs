//! Text search templates (<https://www.postgresql.org/docs/current/sql-createtstemplate.html>).

pub mod ddl;

use serde::{Deserialize, Serialize};

use crate::catalog::object::facts_of;
use crate::catalog::reader::{Fields, Reader};
use crate::catalog::{Address, Catalog, CatalogError, Kind, Object, spelling};

/// The facts of a text search template.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TextSearchTemplate {
    pub init: Option<String>,
    pub lexize: String,
}

pub struct TextSearchTemplates;

impl Kind for TextSearchTemplates {
    fn name(&self) -> &'static str {
        "text_search_template"
    }

    fn catalog(&self) -> Catalog {
        Catalog::TsTemplate
    }

    fn is_rare(&self) -> bool {
        true
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<(), CatalogError> {
        let rows = reader.query(&format!(
            "SELECT t.oid, t.tmplnamespace, t.tmplname::text, {}, {} FROM pg_catalog.pg_ts_template t WHERE t.oid >= 16384",
            spelling::function("t.tmplinit"),
            spelling::function("t.tmpllexize")
        ))?;
        for row in &rows {
            let mut fields = Fields::of(row, "text search template");
            let (oid, schema, name) = (fields.oid()?, fields.oid()?, fields.text()?);
            let Some((key, parent)) = reader.in_schema("text_search_template", schema, &name) else { continue };
            let facts = facts_of(&TextSearchTemplate { init: fields.maybe_text()?, lexize: fields.text()? })?;
            let object = Object { parent: Some(parent), facts, ..Object::default() };
            reader.add(Address::of(Catalog::TsTemplate, oid, 0), key, object);
        }
        Ok(())
    }
}
