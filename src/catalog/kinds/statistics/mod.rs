//! Extended statistics objects (<https://www.postgresql.org/docs/current/sql-createstatistics.html>). One is named in a
//! schema and lies in its table. What it has gathered is data and is not read.

pub mod ddl;

use serde::{Deserialize, Serialize};

use crate::catalog::object::facts_of;
use crate::catalog::reader::{Fields, Reader};
use crate::catalog::{Address, Catalog, CatalogError, Key, Kind, Object};

/// The facts of a statistics object.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Statistics {
    pub columns: Vec<String>,
    pub expressions: Vec<String>,
    /// `ndistinct`, `dependencies`, `mcv`; none where it is about one expression.
    pub kinds: Vec<String>,
    pub target: Option<i32>,
}

pub struct StatisticsObjects;

impl Kind for StatisticsObjects {
    fn name(&self) -> &'static str {
        "statistics"
    }

    fn catalog(&self) -> Catalog {
        Catalog::StatisticExt
    }

    fn is_rare(&self) -> bool {
        true
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<(), CatalogError> {
        let users = reader.users("s.stxrelid");
        let rows = reader.query(&format!(
            "SELECT s.oid, s.stxrelid, s.stxnamespace, s.stxname::text, s.stxowner, s.stxkeys::int2[], \
             pg_catalog.pg_get_statisticsobjdef_expressions(s.oid), s.stxkind::text[], \
             NULLIF(s.stxstattarget::int4, -1) FROM pg_catalog.pg_statistic_ext s WHERE {users}"
        ))?;
        for row in &rows {
            let mut fields = Fields::of(row, "statistics object");
            let (oid, relation) = (fields.oid()?, fields.oid()?);
            let Some(table) = reader.relation(relation).cloned() else { continue };
            let Some(schema) = reader.schema(fields.oid()?).map(str::to_owned) else { continue };
            let key = Key::new("statistics", &[&schema, &fields.text()?]);
            let owner = Some(reader.role(fields.oid()?));
            let columns = reader.column_names(relation, &fields.positions()?)?;
            let mut facts = Statistics { columns, ..Statistics::default() };
            facts.expressions = fields.expressions()?.unwrap_or_default();
            for letter in fields.texts()? {
                match letter.as_str() {
                    "d" => facts.kinds.push("ndistinct".to_owned()),
                    "f" => facts.kinds.push("dependencies".to_owned()),
                    "m" => facts.kinds.push("mcv".to_owned()),
                    _ => {}
                }
            }
            facts.target = fields.maybe_number()?;
            let object = Object { parent: Some(table), owner, facts: facts_of(&facts)?, ..Object::default() };
            reader.add(Address::of(Catalog::StatisticExt, oid, 0), key, object);
        }
        Ok(())
    }
}
