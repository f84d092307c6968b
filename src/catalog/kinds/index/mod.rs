//! Indexes that no constraint stands on (<https://www.postgresql.org/docs/current/sql-createindex.html>), by their
//! parts. An index is named in its schema and lies in its table.

pub mod ddl;

use serde::{Deserialize, Serialize};

use crate::catalog::object::facts_of;
use crate::catalog::reader::{Fields, Reader};
use crate::catalog::{Address, CatalogError, Key, Kind, Object};

/// The facts of an index.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Index {
    pub method: String,
    pub unique: bool,
    pub keys: Vec<IndexKey>,
    pub include: Vec<String>,
    pub predicate: Option<String>,
    pub nulls_not_distinct: bool,
    /// A failed CREATE INDEX CONCURRENTLY left it, or a partition lacks its part.
    pub invalid: bool,
    pub options: Vec<String>,
    pub tablespace: Option<String>,
    pub replica_identity: bool,
    pub clustered: bool,
    /// The index of the partitioned table this one is a part of.
    pub partition_of: Option<String>,
}

/// One key of an index.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct IndexKey {
    pub column: Option<String>,
    pub expression: Option<String>,
    /// Where it is not the column's own.
    pub collation: Option<String>,
    /// Where it is not the default of its type.
    pub operator_class: Option<String>,
    pub operator_class_options: Vec<String>,
    pub descending: bool,
    /// NULLS FIRST where it is not the default of the direction, and NULLS LAST likewise.
    pub nulls_first: bool,
    pub nulls_last: bool,
    /// Of an expression.
    pub statistics_target: Option<i32>,
}

/// Types that take the default operator class of another type.
const QUERY_KEYS: &str = "ARRAY(SELECT CASE WHEN y.opcdefault AND (y.opcintype = COALESCE(NULLIF(z.typbasetype, 0), z.oid) \
     OR y.opcintype IN (2249, 2277, 2283, 2776, 3500, 3831, 4537) \
     OR (y.opcintype = 25 AND z.oid = 1043) OR (y.opcintype = 869 AND z.oid = 650)) THEN NULL \
     ELSE pg_catalog.quote_ident(m.nspname) || '.' || pg_catalog.quote_ident(y.opcname) END \
     FROM pg_catalog.unnest(i.indclass::oid[]) WITH ORDINALITY u(o, n) \
     JOIN pg_catalog.pg_opclass y ON y.oid = u.o JOIN pg_catalog.pg_namespace m ON m.oid = y.opcnamespace \
     JOIN pg_catalog.pg_attribute b ON b.attrelid = i.indexrelid AND b.attnum = u.n \
     LEFT JOIN pg_catalog.pg_attribute e ON e.attrelid = i.indrelid AND e.attnum = i.indkey[u.n - 1] AND e.attnum > 0 \
     JOIN pg_catalog.pg_type z ON z.oid = COALESCE(e.atttypid, b.atttypid) ORDER BY u.n)";

const COLLATIONS: &str = "ARRAY(SELECT CASE WHEN u.o <> 0 AND u.o <> COALESCE(a.attcollation, \
     (SELECT y.typcollation FROM pg_catalog.pg_attribute b JOIN pg_catalog.pg_type y ON y.oid = b.atttypid \
     WHERE b.attrelid = i.indexrelid AND b.attnum = u.n)) \
     THEN (SELECT pg_catalog.quote_ident(m.nspname) || '.' || pg_catalog.quote_ident(l.collname) \
     FROM pg_catalog.pg_collation l JOIN pg_catalog.pg_namespace m ON m.oid = l.collnamespace WHERE l.oid = u.o) END \
     FROM pg_catalog.unnest(i.indcollation::oid[]) WITH ORDINALITY u(o, n) \
     LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[u.n - 1] AND a.attnum > 0 \
     ORDER BY u.n)";

pub struct Indexes;

impl Kind for Indexes {
    fn name(&self) -> &'static str {
        "index"
    }

    fn catalog(&self) -> &'static str {
        "pg_class"
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<(), CatalogError> {
        let nulls = if reader.version().at_least(15) { "i.indnullsnotdistinct" } else { "false" };
        // Classes and collations are looked up only where one of the index is not the plain case.
        let rows = reader.query(&format!(
            "SELECT i.indexrelid, i.indrelid, c.relnamespace, c.relname::text, m.amname::text, i.indisunique, \
             i.indkey::int2[], i.indnkeyatts, i.indoption::int2[], \
             CASE WHEN i.indexprs IS NOT NULL THEN ARRAY(SELECT pg_catalog.pg_get_indexdef(i.indexrelid, g::int4, false) \
             FROM pg_catalog.generate_series(1, i.indnkeyatts) g) END, \
             {QUERY_KEYS}, {COLLATIONS}, \
             ARRAY(SELECT COALESCE(pg_catalog.array_to_string(b.attoptions, ', '), '') FROM pg_catalog.pg_attribute b \
             WHERE b.attrelid = i.indexrelid AND b.attnum <= i.indnkeyatts ORDER BY b.attnum), \
             ARRAY(SELECT COALESCE(b.attstattarget::int4, -1) FROM pg_catalog.pg_attribute b \
             WHERE b.attrelid = i.indexrelid AND b.attnum <= i.indnkeyatts ORDER BY b.attnum), \
             CASE WHEN i.indpred IS NOT NULL THEN pg_catalog.pg_get_expr(i.indpred, i.indrelid) END, \
             {nulls}, NOT i.indisvalid, c.reloptions, s.spcname::text, i.indisreplident, i.indisclustered, \
             h.inhparent, h.inhparent::pg_catalog.regclass::text \
             FROM pg_catalog.pg_index i \
             JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid \
             JOIN pg_catalog.pg_class r ON r.oid = i.indrelid AND r.relkind IN ('r', 'p', 'm') \
             JOIN pg_catalog.pg_am m ON m.oid = c.relam \
             LEFT JOIN pg_catalog.pg_tablespace s ON s.oid = c.reltablespace \
             LEFT JOIN pg_catalog.pg_inherits h ON h.inhrelid = i.indexrelid \
             WHERE i.indexrelid >= 16384 AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k \
             WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))"
        ))?;
        let mut parts = Vec::new();
        for row in &rows {
            let mut fields = Fields::of(row, "index");
            let (oid, relation, schema) = (fields.oid()?, fields.oid()?, fields.oid()?);
            let Some(table) = reader.relation(relation).cloned() else { continue };
            let Some(schema) = reader.schema(schema).map(str::to_owned) else { continue };
            let key = Key::new("index", &[&schema, &fields.text()?]);
            let mut facts = Index { method: fields.text()?, unique: fields.yes()?, ..Index::default() };
            let columns = fields.positions()?;
            let leading = usize::from(fields.position()?.unsigned_abs());
            let directions = fields.positions()?;
            let expressions = fields.expressions()?;
            let (classes, collations) = (fields.each_maybe_text()?, fields.each_maybe_text()?);
            let (class_options, targets) = (fields.texts()?, fields.numbers()?);
            for (at, number) in columns.iter().take(leading).enumerate() {
                let mut part = IndexKey::default();
                if *number > 0 {
                    part.column = Some(reader.column(relation, *number)?);
                } else {
                    part.expression = expressions.as_ref().and_then(|list| list.get(at)).cloned();
                }
                part.operator_class = classes.get(at).cloned().flatten();
                part.collation = collations.get(at).cloned().flatten();
                if let Some(options) = class_options.get(at).filter(|options| !options.is_empty()) {
                    part.operator_class_options = options.split(", ").map(str::to_owned).collect();
                }
                part.statistics_target = targets.get(at).copied().filter(|target| *target >= 0);
                let direction = directions.get(at).copied().unwrap_or_default();
                part.descending = direction & 1 != 0;
                let first = direction & 2 != 0;
                part.nulls_first = first && !part.descending;
                part.nulls_last = !first && part.descending;
                facts.keys.push(part);
            }
            facts.include = reader.column_names(relation, columns.get(leading..).unwrap_or_default())?;
            facts.predicate = fields.expression()?;
            facts.nulls_not_distinct = fields.yes()?;
            facts.invalid = fields.yes()?;
            facts.options = fields.maybe_texts()?.unwrap_or_default();
            facts.options.sort();
            facts.tablespace = fields.maybe_text()?;
            facts.replica_identity = fields.yes()?;
            facts.clustered = fields.yes()?;
            if let Some(parent) = fields.maybe_oid()? {
                parts.push((key.clone(), parent, fields.text()?));
            }
            let object = Object { parent: Some(table), facts: facts_of(&facts)?, ..Object::default() };
            reader.add(Address::of("pg_class", oid, 0), key, object);
        }
        for (key, parent, written) in parts {
            let name = reader.relation_name(parent, written);
            if let Some(object) = reader.object_mut(&key) {
                object.facts.insert("partition_of".to_owned(), name.into());
            }
        }
        Ok(())
    }
}
