//! Text search parsers (<https://www.postgresql.org/docs/current/sql-createtsparser.html>).

pub mod ddl;

use serde::{Deserialize, Serialize};

use crate::catalog::object::facts_of;
use crate::catalog::reader::{Fields, Reader};
use crate::catalog::{Address, Catalog, CatalogError, Kind, Object, spelling};

/// The facts of a text search parser.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TextSearchParser {
    pub start: String,
    pub token: String,
    pub end: String,
    pub types: String,
    pub headline: Option<String>,
}

pub struct TextSearchParsers;

impl Kind for TextSearchParsers {
    fn name(&self) -> &'static str {
        "text_search_parser"
    }

    fn catalog(&self) -> Catalog {
        Catalog::TsParser
    }

    fn is_rare(&self) -> bool {
        true
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<(), CatalogError> {
        let rows = reader.query(&format!(
            "SELECT p.oid, p.prsnamespace, p.prsname::text, {}, {}, {}, {}, {} FROM pg_catalog.pg_ts_parser p \
             WHERE p.oid >= 16384",
            spelling::function("p.prsstart"),
            spelling::function("p.prstoken"),
            spelling::function("p.prsend"),
            spelling::function("p.prslextype"),
            spelling::function("p.prsheadline")
        ))?;
        for row in &rows {
            let mut fields = Fields::of(row, "text search parser");
            let (oid, schema, name) = (fields.oid()?, fields.oid()?, fields.text()?);
            let Some((key, parent)) = reader.in_schema("text_search_parser", schema, &name) else { continue };
            let (start, token, end) = (fields.text()?, fields.text()?, fields.text()?);
            let (types, headline) = (fields.text()?, fields.maybe_text()?);
            let facts = facts_of(&TextSearchParser { start, token, end, types, headline })?;
            let object = Object { parent: Some(parent), facts, ..Object::default() };
            reader.add(Address::of(Catalog::TsParser, oid, 0), key, object);
        }
        Ok(())
    }
}
