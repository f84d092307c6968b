//! Tables, partitioned tables and partitions (<https://www.postgresql.org/docs/current/sql-createtable.html>).

pub mod ddl;

use serde::{Deserialize, Serialize};

use crate::catalog::object::{facts_of, parse_acl};
use crate::catalog::reader::{Fields, Reader};
use crate::catalog::{Address, Catalog, CatalogError, Key, Kind, Object};

/// The facts of a table.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Table {
    pub unlogged: bool,
    /// The names of its columns in their order.
    pub column_order: Vec<String>,
    /// `RANGE (created_at)` of a partitioned table.
    pub partition_by: Option<String>,
    /// The partitioned table this is a partition of, and for which values.
    pub partition_of: Option<String>,
    pub partition_bound: Option<String>,
    /// The tables it inherits from, in order.
    pub inherits: Vec<String>,
    /// The composite type of a typed table.
    pub of_type: Option<String>,
    pub access_method: Option<String>,
    pub tablespace: Option<String>,
    /// Storage parameters: `fillfactor=70`, those of the TOAST table with `toast.` before.
    pub options: Vec<String>,
    /// `nothing`, `full` or `index` where it is not the default.
    pub replica_identity: Option<String>,
    pub row_security: bool,
    pub force_row_security: bool,
}

pub struct Tables;

impl Kind for Tables {
    fn name(&self) -> &'static str {
        "table"
    }

    fn catalog(&self) -> Catalog {
        Catalog::Class
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<(), CatalogError> {
        let (users, options) = (reader.users("c.oid"), reader.options());
        // A bound names no column: relation 0 spares opening the partition.
        let rows = reader.last_query(&format!(
            "SELECT c.oid, c.relnamespace, c.relname, c.relowner, c.relacl::text[], c.reltype, \
             c.relpersistence = 'u', \
             CASE WHEN c.relkind = 'p' THEN pg_catalog.pg_get_partkeydef(c.oid) END, \
             c.relispartition, \
             CASE WHEN c.relispartition THEN pg_catalog.pg_get_expr(c.relpartbound, 0) END, \
             h.parents, h.names, \
             CASE WHEN c.reloftype <> 0 THEN pg_catalog.format_type(c.reloftype, NULL) END, \
             c.relam, c.reltablespace, {options}, c.relreplident, c.relrowsecurity, c.relforcerowsecurity, c.reltuples::int8 \
             FROM pg_catalog.pg_class c \
             LEFT JOIN (SELECT i.inhrelid, pg_catalog.array_agg(i.inhparent ORDER BY i.inhseqno) AS parents, \
             pg_catalog.array_agg(i.inhparent::pg_catalog.regclass::text ORDER BY i.inhseqno) AS names \
             FROM pg_catalog.pg_inherits i WHERE NOT i.inhdetachpending GROUP BY i.inhrelid) h ON h.inhrelid = c.oid \
             WHERE c.relkind IN ('r', 'p') AND {users} AND c.relpersistence <> 't'"
        ))?;
        let mut parents = Vec::new();
        for row in &rows {
            let mut fields = Fields::of(row, "table");
            let oid = fields.oid()?;
            let Some(schema) = reader.schema(fields.oid()?).map(str::to_owned) else { continue };
            let name = fields.text()?;
            let key = Key::new("table", &[&schema, &name]);
            let (owner, acl) = (Some(reader.role(fields.oid()?)), parse_acl(fields.maybe_texts()?)?);
            let row_type = fields.oid()?;
            let unlogged = fields.yes()?;
            let partition_by = fields.expression()?;
            let is_partition = fields.yes()?;
            let partition_bound = fields.expression()?;
            let inherited = fields.maybe_oids()?.unwrap_or_default();
            let written = fields.maybe_texts()?.unwrap_or_default();
            let mut facts = Table { unlogged, partition_by, partition_bound, ..Table::default() };
            facts.of_type = fields.maybe_text()?;
            facts.access_method = reader.access_method(fields.oid()?);
            facts.tablespace = reader.tablespace(fields.oid()?);
            facts.options = fields.texts()?;
            facts.options.sort();
            facts.replica_identity = match fields.letter()? {
                'n' => Some("nothing".to_owned()),
                'f' => Some("full".to_owned()),
                'i' => Some("index".to_owned()),
                _ => None,
            };
            facts.row_security = fields.yes()?;
            facts.force_row_security = fields.yes()?;
            let rows = fields.long()?;
            let parent = Some(Key::new("schema", &[&schema]));
            let object = Object { parent, owner, acl, facts: facts_of(&facts)?, ..Object::default() };
            if !reader.add(Address::of(Catalog::Class, oid, 0), key.clone(), object) {
                continue;
            }
            reader.also(Address::of(Catalog::Type, row_type, 0), &key);
            if rows >= 0 {
                reader.estimate_rows(&key, rows);
            }
            if !inherited.is_empty() {
                parents.push((key, is_partition, inherited.into_iter().zip(written)));
            }
        }
        // Parents are named once all tables are known.
        for (key, is_partition, inherited) in parents {
            let names: Vec<String> = inherited.map(|(oid, written)| reader.relation_name(oid, written)).collect();
            let Some(object) = reader.object_mut(&key) else { continue };
            if is_partition {
                object.facts.insert("partition_of", names.join(", ").into());
            } else {
                object.facts.insert("inherits", names.into());
            }
        }
        Ok(())
    }
}
