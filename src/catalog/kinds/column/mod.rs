//! Columns of tables, views and materialized views.

mod conversion;
pub mod ddl;

use serde::{Deserialize, Serialize};

use crate::catalog::object::{facts_of, parse_acl};
use crate::catalog::reader::{Fields, KnownColumn, Reader};
use crate::catalog::{Address, Catalog, CatalogError, Key, Kind, Object, foreign};

/// The facts of a column.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Column {
    #[serde(rename = "type")]
    pub data_type: String,
    pub not_null: bool,
    /// The constraint behind it: a thing of its own since PostgreSQL 18.
    pub not_null_constraint: Option<NotNull>,
    pub default: Option<String>,
    /// `always` or `by default`.
    pub identity: Option<String>,
    pub generated: Option<Generated>,
    /// Where it is not the type's own.
    pub collation: Option<String>,
    pub storage: Option<String>,
    pub compression: Option<String>,
    pub statistics_target: Option<i32>,
    pub options: Vec<String>,
    /// Of a foreign table.
    pub foreign_options: Vec<String>,
    /// Options of a foreign table's column that are set, to a secret.
    pub foreign_secrets: Vec<String>,
    /// It comes from a parent table; `local` says that the table declares it too.
    pub inherited: bool,
    pub local: bool,
}

/// The value of a generated column.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Generated {
    pub expression: String,
    /// `stored` or `virtual`.
    pub kept: String,
}

/// A named NOT NULL.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct NotNull {
    pub name: String,
    pub not_valid: bool,
    pub no_inherit: bool,
    pub inherited: bool,
    pub local: bool,
    pub comment: Option<String>,
}

/// PostgreSQL 18 keeps NOT NULL in `pg_constraint`.
/// A partition's NOT NULL is its partitioned table's, whether it was declared there too or not: a dump keeps the first alone.
const NOT_NULL_18: &str = "n.conname::text, NOT n.convalidated, n.connoinherit, n.coninhcount > 0, \
     n.conislocal AND NOT c.relispartition, n.oid, e.description";
const NOT_NULL_BEFORE: &str = "NULL::text, NULL::bool, NULL::bool, NULL::bool, NULL::bool, NULL::oid, NULL::text";
const JOIN_18: &str = "LEFT JOIN pg_catalog.pg_constraint n ON n.conrelid = a.attrelid AND n.contype = 'n' AND n.conkey[1] = a.attnum \
     LEFT JOIN pg_catalog.pg_description e ON e.objoid = n.oid AND e.classoid = 'pg_catalog.pg_constraint'::pg_catalog.regclass";

fn trees(reader: &Reader<'_>) -> String {
    let users = reader.users("a.adrelid");
    format!("SELECT a.oid, a.adrelid, a.adbin::text, a.adnum FROM pg_catalog.pg_attrdef a WHERE {users}")
}

pub struct Columns;

impl Kind for Columns {
    fn name(&self) -> &'static str {
        "column"
    }

    fn catalog(&self) -> Catalog {
        Catalog::Class
    }

    fn first_query(&self, reader: &Reader<'_>) -> Option<String> {
        Some(trees(reader))
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<(), CatalogError> {
        let (not_null, join) =
            if reader.version().at_least(18) { (NOT_NULL_18, JOIN_18) } else { (NOT_NULL_BEFORE, "") };
        let users = reader.users("a.attrelid");
        let options = foreign::query("a.attfdwoptions");
        let last = format!(
            "SELECT a.attrelid, a.attnum, a.attname, a.atttypid, a.atttypmod, a.attcollation, a.attnotnull, \
             a.attidentity, a.attgenerated, \
             CASE WHEN a.attcollation NOT IN (0, 100) THEN \
             (SELECT pg_catalog.quote_ident(m.nspname) || '.' || pg_catalog.quote_ident(l.collname) \
             FROM pg_catalog.pg_collation l JOIN pg_catalog.pg_namespace m ON m.oid = l.collnamespace \
             WHERE l.oid = a.attcollation) END, \
             a.attstorage, a.attcompression, NULLIF(a.attstattarget::int4, -1), a.attoptions, \
             a.attacl::text[], a.attinhcount > 0, a.attislocal, \
             CASE WHEN a.attfdwoptions IS NOT NULL THEN {options} END, {not_null} \
             FROM pg_catalog.pg_attribute a \
             JOIN pg_catalog.pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p', 'v', 'm', 'f') {join} \
             WHERE {users} AND a.attnum > 0 AND NOT a.attisdropped"
        );
        // A default names no column unless the column is generated: relation 0 spares opening the table.
        let (expressions, rows) = reader.written_before(
            &trees(reader),
            "SELECT d.oid, ARRAY[pg_catalog.pg_get_expr(d.adbin, CASE WHEN a.attgenerated = '' THEN 0 ELSE a.attrelid END)] \
             FROM pg_catalog.pg_attrdef d JOIN pg_catalog.pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum \
             WHERE d.oid = ANY ({oids})",
            &last,
        )?;
        let slow = reader.ask_slow()?;
        let mut order: Vec<(u32, i16)> = Vec::new();
        let mut last: Option<(u32, Key)> = None;
        for row in &rows {
            let mut fields = Fields::of(row, "column");
            let (relation, number, name) = (fields.oid()?, fields.position()?, fields.text()?);
            let (data_type, modifier, collation) = (fields.oid()?, fields.number()?, fields.oid()?);
            let known = KnownColumn { name: name.as_str().into(), data_type, modifier, collation };
            // Also of an extension's table: a foreign key may name it.
            reader.name_column(relation, number, known);
            if last.as_ref().is_none_or(|(oid, _)| *oid != relation) {
                last = reader.relation(relation).map(|key| (relation, key.clone()));
            }
            let Some((_, parent)) = &last else { continue };
            order.push((relation, number));
            let typed = reader.type_name(data_type, modifier)?.clone();
            let mut facts = Column { data_type: typed.text, ..Column::default() };
            facts.not_null = fields.yes()?;
            facts.identity = match fields.letter()? {
                'a' => Some("always".to_owned()),
                'd' => Some("by default".to_owned()),
                _ => None,
            };
            let generated = fields.letter()?;
            let default = expressions.of_column(relation, number);
            let expression = default.and_then(|oid| expressions.first(oid));
            match generated {
                ' ' => facts.default = expression,
                kept => {
                    let kept = if kept == 'v' { "virtual" } else { "stored" };
                    let expression = expression.unwrap_or_default();
                    facts.generated = Some(Generated { expression, kept: kept.to_owned() });
                }
            }
            let named = fields.maybe_text()?;
            if collation != typed.collation {
                facts.collation = Some(named.unwrap_or_else(|| "pg_catalog.\"default\"".to_owned()));
            }
            let storage = fields.letter()?;
            if storage != typed.storage {
                facts.storage = Some(storage_word(storage).to_owned());
            }
            facts.compression = match fields.letter()? {
                'p' => Some("pglz".to_owned()),
                'l' => Some("lz4".to_owned()),
                _ => None,
            };
            facts.statistics_target = fields.maybe_number()?;
            facts.options = fields.maybe_texts()?.unwrap_or_default();
            facts.options.sort();
            let acl = parse_acl(fields.maybe_texts()?)?;
            facts.inherited = fields.yes()?;
            facts.local = fields.yes()? && facts.inherited;
            let options = fields.maybe_texts()?.unwrap_or_default();
            (facts.foreign_options, facts.foreign_secrets) = foreign::parted(options);
            let mut not_null_oid = None;
            if let Some(name) = fields.maybe_text()? {
                let (not_valid, no_inherit) = (fields.yes()?, fields.yes()?);
                let inherited = fields.yes()?;
                let local = fields.yes()? && inherited;
                not_null_oid = fields.maybe_oid()?;
                let comment = fields.maybe_text()?;
                facts.not_null_constraint = Some(NotNull { name, not_valid, no_inherit, inherited, local, comment });
            }
            let key = parent.child("column", &name);
            let parent = Some(parent.clone());
            let object = Object { parent, acl, facts: facts_of(&facts)?, ..Object::default() };
            reader.add(Address::of(Catalog::Class, relation, i32::from(number)), key.clone(), object);
            if let Some(oid) = default {
                reader.also(Address::of(Catalog::Attrdef, oid, 0), &key);
            }
            if let Some(oid) = not_null_oid {
                reader.also(Address::of(Catalog::Constraint, oid, 0), &key);
            }
        }
        put_order(reader, order)?;
        reader.read_slow(&slow)
    }
}

/// Each relation's columns in their order; rows come in any.
fn put_order(reader: &mut Reader<'_>, mut order: Vec<(u32, i16)>) -> Result<(), CatalogError> {
    order.sort_unstable();
    for columns in order.chunk_by(|(a, _), (b, _)| a == b) {
        let relation = columns[0].0;
        let names: Vec<i16> = columns.iter().map(|(_, number)| *number).collect();
        let names = reader.column_names(relation, &names)?;
        if let Some(key) = reader.relation(relation).cloned()
            && let Some(object) = reader.object_mut(&key)
        {
            object.facts.insert("column_order", names.into());
        }
    }
    Ok(())
}

fn storage_word(letter: char) -> &'static str {
    match letter {
        'e' => "external",
        'm' => "main",
        'x' => "extended",
        _ => "plain",
    }
}
