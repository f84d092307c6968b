//! Indexes that no constraint stands on (<https://www.postgresql.org/docs/current/sql-createindex.html>), by their
//! parts. An index is named in its schema and lies in its table.

pub mod ddl;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::catalog::object::facts_of;
use crate::catalog::reader::{Fields, Reader, Rows};
use crate::catalog::{Address, Catalog, CatalogError, Key, Kind, Object};

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

/// What has indexes.
const HOLDERS: [&str; 2] = ["table", "materialized_view"];

/// Types that take the default operator class of another type: the pseudo-types that stand for any of a sort.
const ANY_OF_A_SORT: [u32; 7] = [2249, 2277, 2283, 2776, 3500, 3831, 4537];
/// `varchar` takes that of `text`, `cidr` that of `inet`.
const BY_ANOTHER: [(u32, u32); 2] = [(25, 1043), (869, 650)];

/// The collation of the database.
const DEFAULT_COLLATION: u32 = 100;

/// An operator class.
struct Class {
    name: String,
    default: bool,
    input: u32,
}

/// What an index says of its own columns: the type of an expression, options, a target for statistics.
struct Own {
    data_type: (u32, i32),
    options: Vec<String>,
    target: i32,
}

const CLASSES: &str = "SELECT y.oid, pg_catalog.quote_ident(m.nspname) || '.' || pg_catalog.quote_ident(y.opcname), \
     y.opcdefault, y.opcintype FROM pg_catalog.pg_opclass y JOIN pg_catalog.pg_namespace m ON m.oid = y.opcnamespace";

fn read_classes(rows: &Rows) -> Result<HashMap<u32, Class>, CatalogError> {
    let mut classes = HashMap::new();
    for row in rows {
        let mut fields = Fields::of(row, "operator class");
        let (oid, name) = (fields.oid()?, fields.text()?);
        classes.insert(oid, Class { name, default: fields.yes()?, input: fields.oid()? });
    }
    Ok(classes)
}

fn read_own(reader: &mut Reader<'_>) -> Result<HashMap<(u32, i16), Own>, CatalogError> {
    let users = reader.users("x.indrelid");
    let rows = reader.query(&format!(
        "SELECT a.attrelid, a.attnum, a.atttypid, a.atttypmod, a.attoptions, COALESCE(a.attstattarget::int4, -1) \
         FROM pg_catalog.pg_index x JOIN pg_catalog.pg_attribute a ON a.attrelid = x.indexrelid \
         WHERE {users} AND (x.indkey[a.attnum - 1] = 0 OR a.attoptions IS NOT NULL \
         OR COALESCE(a.attstattarget::int4, -1) >= 0)"
    ))?;
    let mut own = HashMap::new();
    for row in &rows {
        let mut fields = Fields::of(row, "column of an index");
        let id = (fields.oid()?, fields.position()?);
        let data_type = (fields.oid()?, fields.number()?);
        own.insert(id, Own { data_type, options: fields.maybe_texts()?.unwrap_or_default(), target: fields.number()? });
    }
    Ok(own)
}

impl Class {
    /// Whether a column of this type gets it without being asked for.
    fn goes_without_saying(&self, data_type: u32, base: u32) -> bool {
        let known = if base == 0 { data_type } else { base };
        self.default
            && (self.input == known
                || ANY_OF_A_SORT.contains(&self.input)
                || BY_ANOTHER.contains(&(self.input, data_type)))
    }
}

pub struct Indexes;

impl Kind for Indexes {
    fn name(&self) -> &'static str {
        "index"
    }

    fn catalog(&self) -> Catalog {
        Catalog::Class
    }

    fn first_query(&self, _: &Reader<'_>) -> Option<String> {
        Some(CLASSES.to_owned())
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<(), CatalogError> {
        let classes = read_classes(&reader.query(CLASSES)?)?;
        let own = read_own(reader)?;
        let users = reader.users("i.indrelid");
        // The predicate first, then one expression for each key, where it is one.
        let expressions = reader.written(
            &format!(
                "SELECT i.indexrelid, i.indrelid, pg_catalog.concat_ws(' ', i.indnkeyatts, i.indkey, i.indexprs, '/', i.indpred), NULL::int2 \
                 FROM pg_catalog.pg_index i WHERE {users} AND (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL)"
            ),
            "SELECT i.indexrelid, \
             ARRAY[CASE WHEN i.indpred IS NOT NULL THEN pg_catalog.pg_get_expr(i.indpred, i.indrelid) END] || \
             CASE WHEN i.indexprs IS NOT NULL THEN ARRAY(SELECT CASE WHEN i.indkey[g - 1] = 0 \
             THEN pg_catalog.pg_get_indexdef(i.indexrelid, g, false) END \
             FROM pg_catalog.generate_series(1, i.indnkeyatts::int4) g) END \
             FROM pg_catalog.pg_index i WHERE i.indexrelid = ANY ({oids})",
        )?;
        let mut parts = Vec::new();
        for (oid, row) in reader.take_other_indexes() {
            let relation = row.relation;
            let known = reader.relation(relation).filter(|key| HOLDERS.contains(&key.kind.as_str())).cloned();
            let (Some(table), Some(schema)) = (known, reader.schema(row.schema)) else { continue };
            let key = Key::new("index", &[schema, &row.name]);
            let method = reader.access_method(row.method).unwrap_or_default();
            let mut facts = Index { method, unique: row.unique, ..Index::default() };
            facts.include = reader.column_names(relation, row.included())?;
            for (at, number) in row.columns.iter().take(row.leading).enumerate() {
                let own = i16::try_from(at + 1).ok().and_then(|place| own.get(&(oid, place)));
                let mut part = IndexKey::default();
                let (data_type, modifier, of_column) = if *number > 0 {
                    let column = reader.known_column(relation, *number)?;
                    part.column = Some(column.name.to_string());
                    (column.data_type, column.modifier, Some(column.collation))
                } else {
                    part.expression = expressions.at(oid, at + 1);
                    let (data_type, modifier) = own.map(|own| own.data_type).unwrap_or_default();
                    (data_type, modifier, None)
                };
                let typed = reader.type_name(data_type, modifier)?;
                let class = row.classes.get(at).and_then(|oid| classes.get(oid)).ok_or_else(|| {
                    CatalogError::Shape { what: "index", because: format!("an operator class of {oid} is gone") }
                })?;
                if !class.goes_without_saying(data_type, typed.base) {
                    part.operator_class = Some(class.name.clone());
                }
                let collation = row.collations.get(at).copied().unwrap_or_default();
                if collation != 0 && collation != of_column.unwrap_or(typed.collation) {
                    part.collation = match row.written_collations.get(at).cloned().flatten() {
                        Some(name) => Some(name),
                        None if collation == DEFAULT_COLLATION => Some("pg_catalog.\"default\"".to_owned()),
                        None => None,
                    };
                }
                if let Some(own) = own {
                    part.operator_class_options.clone_from(&own.options);
                    part.statistics_target = Some(own.target).filter(|target| *target >= 0);
                }
                let direction = row.directions.get(at).copied().unwrap_or_default();
                part.descending = direction & 1 != 0;
                let first = direction & 2 != 0;
                part.nulls_first = first && !part.descending;
                part.nulls_last = !first && part.descending;
                facts.keys.push(part);
            }
            facts.predicate = expressions.first(oid);
            facts.nulls_not_distinct = row.nulls_not_distinct;
            facts.invalid = row.invalid;
            facts.options = row.options;
            facts.tablespace = row.tablespace;
            facts.replica_identity = row.replica_identity;
            facts.clustered = row.clustered;
            parts.extend(row.part_of.map(|whole| (key.clone(), whole)));
            let object = Object { parent: Some(table), facts: facts_of(&facts)?, ..Object::default() };
            reader.add(Address::of(Catalog::Class, oid, 0), key, object);
        }
        for (key, whole) in parts {
            let name = reader.relation_name(whole.oid, whole.name);
            if let Some(object) = reader.object_mut(&key) {
                object.facts.insert("partition_of", name.into());
            }
        }
        Ok(())
    }
}
