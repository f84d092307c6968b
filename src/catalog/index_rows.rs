//! The rows of all indexes, read once: constraints take those that stand behind them, and the others are indexes of their
//! own.

use super::CatalogError;
use super::reader::{Fields, Reader};

/// Collations that have to be written out: another than none and the database's.
const COLLATIONS: &str = "CASE WHEN NOT ARRAY[0::pg_catalog.oid, 100] @> i.indcollation::pg_catalog.oid[] \
     THEN ARRAY(SELECT pg_catalog.quote_ident(m.nspname) || '.' || pg_catalog.quote_ident(l.collname) \
     FROM pg_catalog.unnest(i.indcollation::pg_catalog.oid[]) WITH ORDINALITY u(o, n) \
     LEFT JOIN pg_catalog.pg_collation l ON l.oid = u.o LEFT JOIN pg_catalog.pg_namespace m ON m.oid = l.collnamespace \
     ORDER BY u.n) END";

/// One index.
pub struct IndexRow {
    pub relation: u32,
    pub schema: u32,
    pub name: String,
    pub method: u32,
    pub unique: bool,
    /// The numbers of its columns, 0 for an expression; those behind the leading ones are included only.
    pub columns: Vec<i16>,
    pub leading: usize,
    pub directions: Vec<i16>,
    pub classes: Vec<u32>,
    pub collations: Vec<u32>,
    /// Their names, where one is neither none nor the database's.
    pub written_collations: Vec<Option<String>>,
    pub nulls_not_distinct: bool,
    pub invalid: bool,
    pub options: Vec<String>,
    pub tablespace: Option<String>,
    pub replica_identity: bool,
    pub clustered: bool,
    pub part_of: Option<Whole>,
}

/// The index of the partitioned table that an index is a part of.
pub struct Whole {
    pub oid: u32,
    /// As SQL writes it.
    pub name: String,
    pub relation: Option<u32>,
}

impl IndexRow {
    /// The numbers of the columns that are included only.
    pub fn included(&self) -> &[i16] {
        self.columns.get(self.leading..).unwrap_or_default()
    }
}

impl Reader<'_> {
    /// Asks for the indexes of what users made, but for TOAST tables (schema 99).
    pub(super) fn index_rows_query(&self) -> String {
        let nulls = if self.version().at_least(15) { "i.indnullsnotdistinct" } else { "false" };
        let users = self.users("i.indrelid");
        format!(
            "SELECT i.indexrelid, i.indrelid, c.relnamespace, c.relname, c.relam, i.indisunique, i.indkey, i.indnkeyatts, \
             i.indoption, i.indclass, i.indcollation, {COLLATIONS}, {nulls}, NOT i.indisvalid, c.reloptions, c.reltablespace, \
             i.indisreplident, i.indisclustered, h.inhparent, h.inhparent::pg_catalog.regclass::text, \
             CASE WHEN h.inhparent IS NOT NULL THEN \
             (SELECT w.indrelid FROM pg_catalog.pg_index w WHERE w.indexrelid = h.inhparent) END \
             FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid AND c.relnamespace <> 99 \
             LEFT JOIN pg_catalog.pg_inherits h ON h.inhrelid = i.indexrelid WHERE {users}"
        )
    }

    /// Reads them; constraints and indexes take them.
    pub(super) fn read_index_rows(&mut self) -> Result<(), CatalogError> {
        let rows = self.query(&self.index_rows_query())?;
        for row in &rows {
            let mut fields = Fields::of(row, "index");
            let oid = fields.oid()?;
            let mut index = IndexRow {
                relation: fields.oid()?,
                schema: fields.oid()?,
                name: fields.text()?,
                method: fields.oid()?,
                unique: fields.yes()?,
                columns: fields.positions()?,
                leading: usize::from(fields.position()?.unsigned_abs()),
                directions: fields.positions()?,
                classes: fields.oids()?,
                collations: fields.oids()?,
                written_collations: fields.maybe_each_maybe_text()?.unwrap_or_default(),
                nulls_not_distinct: fields.yes()?,
                invalid: fields.yes()?,
                options: fields.maybe_texts()?.unwrap_or_default(),
                tablespace: self.tablespace(fields.oid()?),
                replica_identity: fields.yes()?,
                clustered: fields.yes()?,
                part_of: None,
            };
            index.options.sort();
            if let Some(oid) = fields.maybe_oid()? {
                index.part_of = Some(Whole { oid, name: fields.text()?, relation: fields.maybe_oid()? });
            }
            self.indexes.insert(oid, index);
        }
        Ok(())
    }

    /// The index behind a constraint, which nobody else has to see to.
    pub fn take_index(&mut self, oid: u32) -> Option<IndexRow> {
        self.indexes.remove(&oid)
    }

    /// The indexes that nobody took, in the order of their oids.
    pub fn take_other_indexes(&mut self) -> Vec<(u32, IndexRow)> {
        let mut indexes: Vec<_> = std::mem::take(&mut self.indexes).into_iter().collect();
        indexes.sort_unstable_by_key(|(oid, _)| *oid);
        indexes
    }
}
