//! Rewrite rules (<https://www.postgresql.org/docs/current/sql-createrule.html>), but not the one that makes a view.

pub mod ddl;

use serde::{Deserialize, Serialize};

use super::trigger::enabled;
use crate::catalog::object::facts_of;
use crate::catalog::reader::{Fields, Reader};
use crate::catalog::{Address, Catalog, CatalogError, Kind, Object};

/// The facts of a rule.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Rule {
    /// The whole statement, as PostgreSQL writes it.
    pub definition: String,
    pub enabled: Option<String>,
}

pub struct Rules;

impl Kind for Rules {
    fn name(&self) -> &'static str {
        "rule"
    }

    fn catalog(&self) -> Catalog {
        Catalog::Rewrite
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<(), CatalogError> {
        let users = reader.users("w.ev_class");
        let rows = reader.query(&format!(
            "SELECT w.oid, w.ev_class, w.rulename::text, pg_catalog.pg_get_ruledef(w.oid), w.ev_enabled::text \
             FROM pg_catalog.pg_rewrite w WHERE w.rulename <> '_RETURN' AND {users}"
        ))?;
        for row in &rows {
            let mut fields = Fields::of(row, "rule");
            let oid = fields.oid()?;
            let Some(table) = reader.relation(fields.oid()?).cloned() else { continue };
            let key = table.child("rule", &fields.text()?);
            let definition = fields.expression()?.unwrap_or_default().trim_end_matches(';').to_owned();
            let facts = Rule { definition, enabled: enabled(&fields.text()?) };
            let object = Object { parent: Some(table), facts: facts_of(&facts)?, ..Object::default() };
            reader.add(Address::of(Catalog::Rewrite, oid, 0), key, object);
        }
        Ok(())
    }
}
