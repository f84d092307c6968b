//! Primary keys, unique constraints, foreign keys, checks and exclusions of tables
//! (<https://www.postgresql.org/docs/current/ddl-constraints.html>), by their parts.
//!
//! The index behind a constraint is a part of it. NOT NULL is a fact of its column, a domain's checks are facts of the
//! domain, and a constraint trigger is a trigger.

pub mod ddl;

use serde::{Deserialize, Serialize};

use super::trigger::enabled;
use crate::catalog::index_rows::Whole;
use crate::catalog::object::facts_of;
use crate::catalog::reader::{Fields, Reader};
use crate::catalog::{Address, Catalog, CatalogError, Kind, Object};

/// The facts of a constraint.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Constraint {
    /// `primary key`, `unique`, `foreign key`, `check` or `exclusion`.
    #[serde(rename = "type")]
    pub sort: String,
    pub columns: Vec<String>,
    /// What a foreign key points at: the table as SQL writes it, and its columns.
    pub references: Option<String>,
    pub referenced_columns: Vec<String>,
    /// Foreign key actions, where they are not NO ACTION.
    pub on_update: Option<String>,
    pub on_delete: Option<String>,
    /// The columns that ON DELETE SET NULL or SET DEFAULT sets, where not all.
    pub on_delete_columns: Vec<String>,
    pub match_full: bool,
    /// A check's condition.
    pub expression: Option<String>,
    /// An exclusion's whole definition, as PostgreSQL writes it.
    pub definition: Option<String>,
    pub deferrable: bool,
    pub initially_deferred: bool,
    pub not_valid: bool,
    pub not_enforced: bool,
    pub no_inherit: bool,
    /// It comes from a parent table or partitioned table; `local` says that the table declares it too.
    pub inherited: bool,
    pub local: bool,
    /// The key of the partitioned table this one is a part of.
    pub partition_of: Option<String>,
    /// The index behind it.
    pub include: Vec<String>,
    pub nulls_not_distinct: bool,
    /// Temporal keys of PostgreSQL 18: WITHOUT OVERLAPS, or PERIOD of a foreign key.
    pub temporal: bool,
    pub index_options: Vec<String>,
    pub index_tablespace: Option<String>,
    pub replica_identity: bool,
    pub clustered: bool,
    /// `disabled`, `replica` or `always` where the triggers that enforce it are not in their usual state: a disabled
    /// foreign key is written down and enforces nothing.
    pub enforcing_triggers: Vec<String>,
}

fn trees(reader: &Reader<'_>) -> String {
    let users = reader.users("k.conrelid");
    format!(
        "SELECT k.oid, k.conrelid, k.conbin::text, NULL::int2 FROM pg_catalog.pg_constraint k WHERE {users} AND k.contype = 'c'"
    )
}

pub struct Constraints;

impl Kind for Constraints {
    fn name(&self) -> &'static str {
        "constraint"
    }

    fn catalog(&self) -> Catalog {
        Catalog::Constraint
    }

    fn first_query(&self, reader: &Reader<'_>) -> Option<String> {
        Some(reader.index_rows_query())
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<(), CatalogError> {
        let version = reader.version();
        let delete_columns = if version.at_least(15) { "k.confdelsetcols" } else { "NULL::int2[]" };
        let (enforced, temporal) =
            if version.at_least(18) { ("k.conenforced", "k.conperiod") } else { ("true", "false") };
        let users = reader.users("k.conrelid");
        let seen_to = if reader.reads_all() {
            "t.tgconstraint <> 0".to_owned()
        } else {
            format!("t.tgconstraint = ANY (ARRAY(SELECT k.oid FROM pg_catalog.pg_constraint k WHERE {users}))")
        };
        let last = format!(
            "SELECT k.oid, k.conrelid, k.conname, k.contype, k.conkey, \
             k.confrelid, CASE WHEN k.contype = 'f' AND k.confrelid IN (SELECT d.objid FROM pg_catalog.pg_depend d \
             WHERE d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.deptype = 'e') \
             THEN k.confrelid::pg_catalog.regclass::text END, k.confkey, \
             k.confupdtype, k.confdeltype, {delete_columns}, k.confmatchtype = 'f', \
             CASE WHEN k.contype = 'x' THEN pg_catalog.pg_get_constraintdef(k.oid) END, \
             k.condeferrable, k.condeferred, k.convalidated, {enforced}, k.connoinherit, \
             k.coninhcount > 0 OR k.conparentid <> 0, k.conislocal, \
             CASE WHEN k.contype IN ('p', 'u', 'x') THEN k.conindid ELSE 0 END, {temporal}, g.states \
             FROM pg_catalog.pg_constraint k \
             LEFT JOIN (SELECT t.tgconstraint, pg_catalog.array_agg(DISTINCT t.tgenabled::text ORDER BY t.tgenabled::text) AS states \
             FROM pg_catalog.pg_trigger t WHERE t.tgisinternal AND {seen_to} AND t.tgenabled <> 'O' \
             GROUP BY t.tgconstraint) g ON g.tgconstraint = k.oid \
             WHERE {users} AND k.contype IN ('p', 'u', 'f', 'c', 'x') \
             AND (k.conparentid = 0 OR NOT EXISTS (SELECT FROM pg_catalog.pg_constraint o \
             WHERE o.oid = k.conparentid AND o.conrelid = k.conrelid))"
        );
        reader.read_index_rows()?;
        let (checks, rows) = reader.written_before(
            &trees(reader),
            "SELECT k.oid, ARRAY[pg_catalog.pg_get_expr(k.conbin, k.conrelid)] \
             FROM pg_catalog.pg_constraint k WHERE k.oid = ANY ({oids})",
            &last,
        )?;
        for row in &rows {
            let mut fields = Fields::of(row, "constraint");
            let (oid, relation) = (fields.oid()?, fields.oid()?);
            let Some(table) = reader.relation(relation).cloned() else { continue };
            let key = table.child("constraint", &fields.text()?);
            let sort = match fields.letter()? {
                'p' => "primary key",
                'u' => "unique",
                'f' => "foreign key",
                'c' => "check",
                _ => "exclusion",
            };
            let mut facts = Constraint { sort: sort.to_owned(), ..Constraint::default() };
            // A check's columns follow from its condition; column number 0 stands for an expression.
            let positions = fields.maybe_positions()?.unwrap_or_default();
            if sort != "check" && sort != "exclusion" {
                facts.columns = reader.column_names(relation, &positions)?;
            }
            // The server writes the names of tables that the snapshot does not hold: an extension's.
            let (referenced, written) = (fields.oid()?, fields.maybe_text()?.unwrap_or_default());
            let referenced_positions = fields.maybe_positions()?.unwrap_or_default();
            if sort == "foreign key" {
                facts.references = Some(reader.relation_name(referenced, written));
                facts.referenced_columns = reader.column_names(referenced, &referenced_positions)?;
            }
            facts.on_update = action(fields.letter()?);
            facts.on_delete = action(fields.letter()?);
            facts.on_delete_columns = reader.column_names(relation, &fields.maybe_positions()?.unwrap_or_default())?;
            facts.match_full = fields.yes()?;
            facts.expression = checks.first(oid);
            facts.definition = fields.expression()?;
            facts.deferrable = fields.yes()?;
            facts.initially_deferred = fields.yes()?;
            facts.not_valid = !fields.yes()?;
            facts.not_enforced = !fields.yes()?;
            let no_inherit = fields.yes()?;
            // Said only where it can be chosen: PostgreSQL sets it for keys by itself.
            facts.no_inherit = no_inherit && sort == "check";
            facts.inherited = fields.yes()?;
            facts.local = fields.yes()? && facts.inherited;
            let index = fields.oid()?;
            facts.temporal = fields.yes()?;
            if let Some(behind) = reader.take_index(index) {
                if sort != "exclusion" {
                    facts.include = reader.column_names(relation, behind.included())?;
                }
                let of_known = |whole: &Whole| whole.relation.is_some_and(|oid| reader.relation(oid).is_some());
                facts.partition_of = behind.part_of.filter(of_known).map(|whole| whole.name);
                facts.nulls_not_distinct = behind.nulls_not_distinct;
                facts.index_options = behind.options;
                facts.index_tablespace = behind.tablespace;
                facts.replica_identity = behind.replica_identity;
                facts.clustered = behind.clustered;
            }
            let states = fields.maybe_texts()?.unwrap_or_default();
            facts.enforcing_triggers = states.iter().filter_map(|state| enabled(state)).collect();
            let object = Object { parent: Some(table), facts: facts_of(&facts)?, ..Object::default() };
            reader.add(Address::of(Catalog::Constraint, oid, 0), key.clone(), object);
            if index != 0 {
                reader.also(Address::of(Catalog::Class, index, 0), &key);
            }
        }
        Ok(())
    }
}

fn action(letter: char) -> Option<String> {
    let action = match letter {
        'r' => "RESTRICT",
        'c' => "CASCADE",
        'n' => "SET NULL",
        'd' => "SET DEFAULT",
        _ => return None,
    };
    Some(action.to_owned())
}
