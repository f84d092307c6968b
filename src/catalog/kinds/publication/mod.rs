//! Publications (<https://www.postgresql.org/docs/current/sql-createpublication.html>): what they publish, and of which
//! tables.

pub mod ddl;

use serde::{Deserialize, Serialize};

use crate::base::quote_ident;
use crate::catalog::expression::settled;
use crate::catalog::object::facts_of;
use crate::catalog::reader::{Fields, Reader};
use crate::catalog::{Address, Catalog, CatalogError, Key, Kind, Object};

/// The facts of a publication.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Publication {
    pub all_tables: bool,
    /// By their names.
    pub tables: Vec<PublishedTable>,
    pub schemas: Vec<String>,
    /// `insert`, `update`, `delete`, `truncate`.
    pub publish: Vec<String>,
    pub via_partition_root: bool,
    /// `stored` where generated columns are published too.
    pub generated_columns: Option<String>,
}

/// One table of a publication.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PublishedTable {
    pub table: String,
    /// None for all.
    pub columns: Vec<String>,
    #[serde(rename = "where")]
    pub condition: Option<String>,
}

pub struct Publications;

impl Kind for Publications {
    fn name(&self) -> &'static str {
        "publication"
    }

    fn catalog(&self) -> Catalog {
        Catalog::Publication
    }

    fn is_rare(&self) -> bool {
        true
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<(), CatalogError> {
        let version = reader.version();
        // Columns, conditions and schemas came with 15, generated columns with 18. A condition may hold any text: each
        // part of a table is a list of its own.
        let (columns, condition) = if version.at_least(15) {
            ("pg_catalog.array_to_string(r.prattrs::int2[], ',')", "pg_catalog.pg_get_expr(r.prqual, r.prrelid)")
        } else {
            ("NULL::text", "NULL::text")
        };
        let schemas = if version.at_least(15) {
            "SELECT pg_catalog.array_agg(n.oid ORDER BY n.oid) AS numbers, \
             pg_catalog.array_agg(n.pnnspid ORDER BY n.oid) AS schemas \
             FROM pg_catalog.pg_publication_namespace n WHERE n.pnpubid = p.oid"
        } else {
            "SELECT NULL::oid[] AS numbers, NULL::oid[] AS schemas"
        };
        let generated = if version.at_least(18) { "p.pubgencols::text" } else { "'n'::text" };
        let rows = reader.query(&format!(
            "SELECT p.oid, p.pubname::text, p.pubowner, p.puballtables, p.pubinsert, p.pubupdate, p.pubdelete, \
             p.pubtruncate, p.pubviaroot, {generated}, t.numbers, t.relations, t.columns, t.conditions, s.numbers, s.schemas \
             FROM pg_catalog.pg_publication p \
             LEFT JOIN LATERAL (SELECT pg_catalog.array_agg(r.oid ORDER BY r.oid) AS numbers, \
             pg_catalog.array_agg(r.prrelid ORDER BY r.oid) AS relations, \
             pg_catalog.array_agg({columns} ORDER BY r.oid) AS columns, \
             pg_catalog.array_agg({condition} ORDER BY r.oid) AS conditions \
             FROM pg_catalog.pg_publication_rel r WHERE r.prpubid = p.oid) t ON true \
             LEFT JOIN LATERAL ({schemas}) s ON true WHERE p.oid >= 16384"
        ))?;
        for row in &rows {
            let mut fields = Fields::of(row, "publication");
            let (oid, name) = (fields.oid()?, fields.text()?);
            let owner = Some(reader.role(fields.oid()?));
            let mut facts = Publication { all_tables: fields.yes()?, ..Publication::default() };
            for word in ["insert", "update", "delete", "truncate"] {
                if fields.yes()? {
                    facts.publish.push(word.to_owned());
                }
            }
            facts.via_partition_root = fields.yes()?;
            facts.generated_columns = (fields.text()? == "s").then(|| "stored".to_owned());
            let mut parts = Vec::new();
            let (numbers, relations) =
                (fields.maybe_oids()?.unwrap_or_default(), fields.maybe_oids()?.unwrap_or_default());
            let columns = fields.maybe_each_maybe_text()?.unwrap_or_default();
            let conditions = fields.maybe_each_maybe_text()?.unwrap_or_default();
            for (((number, relation), columns), condition) in
                numbers.into_iter().zip(relations).zip(columns).zip(conditions)
            {
                let table = reader.relation(relation).map_or_else(|| relation.to_string(), Key::sql);
                let columns = reader.column_names(relation, &positions(columns.as_deref().unwrap_or_default()))?;
                let condition = condition.map(settled);
                facts.tables.push(PublishedTable { table, columns, condition });
                parts.push(Address::of(Catalog::PublicationRel, number, 0));
            }
            facts.tables.sort_by(|a, b| a.table.cmp(&b.table));
            let (numbers, schemas) =
                (fields.maybe_oids()?.unwrap_or_default(), fields.maybe_oids()?.unwrap_or_default());
            for (number, schema) in numbers.into_iter().zip(schemas) {
                facts.schemas.push(reader.schema(schema).map_or_else(|| schema.to_string(), quote_ident));
                parts.push(Address::of(Catalog::PublicationNamespace, number, 0));
            }
            facts.schemas.sort();
            let key = Key::new("publication", &[&name]);
            let object = Object { owner, facts: facts_of(&facts)?, ..Object::default() };
            if reader.add(Address::of(Catalog::Publication, oid, 0), key.clone(), object) {
                // A table that goes leaves the publication; the publication stays.
                for part in parts {
                    reader.part(part, &key);
                }
            }
        }
        Ok(())
    }
}

/// Numbers with commas between.
fn positions(text: &str) -> Vec<i16> {
    text.split(',').filter_map(|number| number.parse().ok()).collect()
}
