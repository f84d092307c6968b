//! Event triggers (<https://www.postgresql.org/docs/current/sql-createeventtrigger.html>).

pub mod ddl;

use serde::{Deserialize, Serialize};

use super::trigger::enabled;
use crate::catalog::object::facts_of;
use crate::catalog::reader::{Fields, Reader};
use crate::catalog::{Address, Catalog, CatalogError, Key, Kind, Object};

/// The facts of an event trigger.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct EventTrigger {
    pub event: String,
    /// Command tags it fires for; none for all.
    pub tags: Vec<String>,
    pub function: String,
    pub enabled: Option<String>,
}

pub struct EventTriggers;

impl Kind for EventTriggers {
    fn name(&self) -> &'static str {
        "event_trigger"
    }

    fn catalog(&self) -> Catalog {
        Catalog::EventTrigger
    }

    fn is_rare(&self) -> bool {
        true
    }

    fn catalogs(&self) -> &'static [Catalog] {
        &[Catalog::EventTrigger]
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<(), CatalogError> {
        let rows = reader.query(
            "SELECT t.oid, t.evtname::text, t.evtowner, t.evtevent::text, t.evttags, \
             pg_catalog.quote_ident(m.nspname) || '.' || pg_catalog.quote_ident(p.proname), t.evtenabled::text \
             FROM pg_catalog.pg_event_trigger t JOIN pg_catalog.pg_proc p ON p.oid = t.evtfoid \
             JOIN pg_catalog.pg_namespace m ON m.oid = p.pronamespace WHERE t.oid >= 16384",
        )?;
        for row in &rows {
            let mut fields = Fields::of(row, "event trigger");
            let (oid, name) = (fields.oid()?, fields.text()?);
            let owner = Some(reader.role(fields.oid()?));
            let mut facts = EventTrigger { event: fields.text()?, ..EventTrigger::default() };
            facts.tags = fields.maybe_texts()?.unwrap_or_default();
            facts.tags.sort();
            facts.function = fields.text()?;
            facts.enabled = enabled(&fields.text()?);
            let object = Object { owner, facts: facts_of(&facts)?, ..Object::default() };
            reader.add(Address::of(Catalog::EventTrigger, oid, 0), Key::new("event_trigger", &[&name]), object);
        }
        Ok(())
    }
}
