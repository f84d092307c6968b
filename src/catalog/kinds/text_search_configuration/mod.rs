//! Text search configurations (<https://www.postgresql.org/docs/current/sql-createtsconfig.html>), with the dictionaries
//! each kind of token goes through.

pub mod ddl;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::catalog::object::facts_of;
use crate::catalog::reader::{Fields, Reader};
use crate::catalog::{Address, Catalog, CatalogError, Kind, Object, spelling};

/// The facts of a text search configuration.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TextSearchConfiguration {
    pub parser: String,
    /// Dictionaries in their order, by kind of token.
    pub mappings: BTreeMap<String, Vec<String>>,
}

pub struct TextSearchConfigurations;

impl Kind for TextSearchConfigurations {
    fn name(&self) -> &'static str {
        "text_search_configuration"
    }

    fn catalog(&self) -> Catalog {
        Catalog::TsConfig
    }

    fn is_rare(&self) -> bool {
        true
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<(), CatalogError> {
        let rows = reader.query(&format!(
            "SELECT c.oid, c.cfgnamespace, c.cfgname::text, c.cfgowner, {}, k.tokens, k.dictionaries \
             FROM pg_catalog.pg_ts_config c LEFT JOIN LATERAL (SELECT pg_catalog.array_agg(t.alias ORDER BY m.maptokentype, \
             m.mapseqno) AS tokens, pg_catalog.array_agg({} ORDER BY m.maptokentype, m.mapseqno) AS dictionaries \
             FROM pg_catalog.pg_ts_config_map m JOIN pg_catalog.ts_token_type(c.cfgparser) t ON t.tokid = m.maptokentype \
             WHERE m.mapcfg = c.oid) k ON true WHERE c.oid >= 16384",
            spelling::qualified("pg_ts_parser", "c.cfgparser"),
            spelling::qualified("pg_ts_dict", "m.mapdict")
        ))?;
        for row in &rows {
            let mut fields = Fields::of(row, "text search configuration");
            let (oid, schema, name) = (fields.oid()?, fields.oid()?, fields.text()?);
            let Some((key, parent)) = reader.in_schema("text_search_configuration", schema, &name) else { continue };
            let owner = Some(reader.role(fields.oid()?));
            let mut facts = TextSearchConfiguration { parser: fields.text()?, ..TextSearchConfiguration::default() };
            let (tokens, dictionaries) = (fields.maybe_texts()?, fields.maybe_texts()?);
            for (token, dictionary) in tokens.into_iter().flatten().zip(dictionaries.into_iter().flatten()) {
                facts.mappings.entry(token).or_default().push(dictionary);
            }
            let object = Object { parent: Some(parent), owner, facts: facts_of(&facts)?, ..Object::default() };
            reader.add(Address::of(Catalog::TsConfig, oid, 0), key, object);
        }
        Ok(())
    }
}
