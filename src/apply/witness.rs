//! The witness: the catalog itself. A catalog row whose `xmin` is one of our own transaction's ids is something we wrote,
//! whatever hid it (an event trigger, dynamic SQL, a hijacked operator) and whatever kind it is of; nothing that others
//! write beside us shows up. Each such row must belong to a change that was rehearsed. Rows that vanished from catalogs that
//! the snapshot does not read are found by count.
//!
//! It is called before the first statement: then it sees nothing, the server has planned what it asks, and while locks are
//! held it only has to look.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde::{Deserialize, Serialize};

use super::outcome::TransactionId;
use crate::base::{Check, quote_literal};
use crate::catalog::{Address, Catalog, Key, Snapshot, kinds, system};
use crate::delta::Delta;
use crate::delta::change::normalised_key;
use crate::pg::{PgError, Row, Session};
use crate::rehearsal::RowEffect;

/// Which object a row of a catalog belongs to: SQL for the class and oid of that object, over the row `r`.
struct Subject {
    catalog: &'static str,
    class: &'static str,
    oid: &'static str,
}

const fn own(catalog: &'static str) -> Subject {
    Subject { catalog, class: catalog, oid: "r.oid" }
}

const fn of(catalog: &'static str, class: &'static str, oid: &'static str) -> Subject {
    Subject { catalog, class, oid }
}

/// Catalogs with rows of indexes and TOAST tables, which belong to a table.
const OF_RELATIONS: [&str; 3] = ["pg_class", "pg_attribute", "pg_index"];

/// The table that a relation belongs to: an index to its own, a TOAST table and its index to the one it stores for. That is
/// what it depends on; no index of `pg_class` leads there.
fn table_of(relation: &str) -> String {
    let stored_for = |table: &str| {
        format!(
            "(SELECT d.refobjid FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass \
             AND d.objid = {table} AND d.objsubid = 0 AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass \
             AND d.refobjsubid = 0 AND d.deptype = 'i')"
        )
    };
    format!(
        "coalesce((SELECT coalesce({}, i.indrelid) FROM pg_catalog.pg_index i WHERE i.indexrelid = {relation}), {}, {relation})",
        stored_for("i.indrelid"),
        stored_for(relation)
    )
}

/// The catalogs whose rows belong to another object than themselves, or are a part of one; the rest name their own.
/// A row type and an array type belong to what they are made of.
const SUBJECTS: &[Subject] = &[
    of("pg_class", "pg_class", "r.oid"),
    of("pg_attribute", "pg_class", "r.attrelid"),
    of("pg_attrdef", "pg_class", "r.adrelid"),
    of("pg_index", "pg_class", "r.indrelid"),
    of("pg_sequence", "pg_class", "r.seqrelid"),
    of("pg_trigger", "pg_class", "r.tgrelid"),
    of("pg_rewrite", "pg_class", "r.ev_class"),
    of("pg_policy", "pg_class", "r.polrelid"),
    of("pg_inherits", "pg_class", "r.inhrelid"),
    of("pg_partitioned_table", "pg_class", "r.partrelid"),
    of("pg_enum", "pg_type", "r.enumtypid"),
    of("pg_range", "pg_type", "r.rngtypid"),
    of("pg_aggregate", "pg_proc", "r.aggfnoid::oid"),
    of("pg_foreign_table", "pg_class", "r.ftrelid"),
    of("pg_subscription_rel", "pg_subscription", "r.srsubid"),
    of("pg_ts_config_map", "pg_ts_config", "r.mapcfg"),
    of("pg_db_role_setting", "pg_database", "r.setdatabase"),
    own("pg_amop"),
    own("pg_amproc"),
    own("pg_publication_rel"),
    own("pg_publication_namespace"),
];

/// The first oid that an object of users can have.
const FIRST_OF_USERS: u32 = 16384;

/// Catalogs that only repeat what other rows say, or hold statistics.
const SILENT: &[&str] = &["pg_depend", "pg_shdepend", "pg_statistic", "pg_statistic_ext_data", "pg_init_privs"];

/// Rows of one catalog.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    pub catalog: String,
    pub written: u64,
    pub unexplained: u64,
}

/// What the witness saw, and what of it nobody signed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Witness {
    pub catalogs: Vec<Written>,
    /// What was written and belongs to no rehearsed change.
    pub unexplained: Vec<String>,
    /// Catalogs this role may not read.
    pub unread: Vec<String>,
}

/// The catalogs of this server: `(name, has an oid column, may be read)`.
fn catalogs(session: &mut Session) -> Result<Vec<(String, bool, bool)>, PgError> {
    let rows = session.query(
        "SELECT c.relname::text, EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'oid'), \
                pg_catalog.has_table_privilege(c.oid, 'SELECT') \
         FROM pg_catalog.pg_class c WHERE c.relnamespace = 'pg_catalog'::pg_catalog.regnamespace AND c.relkind = 'r' \
         ORDER BY c.relname",
        &[],
    )?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?))).collect()
}

/// Catalogs whose rows the snapshot turns into objects, so that a vanished row is a change of the delta.
fn is_read(catalog: &str) -> bool {
    SUBJECTS.iter().any(|subject| subject.catalog == catalog)
        || kinds::ALL.iter().any(|kind| kind.catalog().name() == catalog)
        || matches!(catalog, "pg_description" | "pg_seclabel")
}

/// How many rows each catalog holds that no snapshot reads.
type Counts = BTreeMap<String, i64>;

/// The witness, called in a transaction that has not written anything yet.
pub struct Lookout {
    /// The rows of every catalog that are ours.
    own: String,
    /// Whether anything was written to those that this role may not read.
    writing: String,
    /// How many rows there are in those that no snapshot reads.
    counting: String,
    counts: Counts,
    unread: Vec<String>,
}

impl Lookout {
    pub fn begin(session: &mut Session) -> Result<Self, PgError> {
        let (mut own, mut counting, mut unread) = (Vec::new(), Vec::new(), Vec::new());
        for (name, has_oid, readable) in catalogs(session)? {
            if SILENT.contains(&name.as_str()) {
                continue;
            }
            if !readable {
                unread.push(name);
                continue;
            }
            own.push(rows_of_ours(&name, has_oid));
            if !is_read(&name) {
                counting.push(format!("SELECT '{name}'::text, pg_catalog.count(*) FROM pg_catalog.{name}"));
            }
        }
        let (own, counting) = (own.join(" UNION ALL "), counting.join(" UNION ALL "));
        let closed: Vec<String> = unread.iter().map(|name| quote_literal(name)).collect();
        let writing = format!(
            "SELECT relname::text FROM pg_catalog.pg_stat_xact_sys_tables WHERE schemaname = 'pg_catalog' \
                AND relname = ANY (ARRAY[{}]::text[]) AND n_tup_ins + n_tup_upd + n_tup_del > 0",
            closed.join(", ")
        );
        // Nothing is ours yet: they are asked for their plans.
        session.query(&set_ids(0, -1), &[])?;
        session.query_again(&own)?;
        session.query_again(&writing)?;
        let counts = counted(&session.query_again(&counting)?)?;
        Ok(Self { own, writing, counting, counts, unread })
    }

    /// Looks at every catalog row that our transaction `id` wrote; `newest` is an id that another session took just now, so
    /// that every sub-transaction of ours lies between the two.
    pub fn look(
        self,
        session: &mut Session,
        (id, newest): (&TransactionId, &TransactionId),
    ) -> Result<Sighting, PgError> {
        let first = id.number()?;
        let ids = set_ids(signed(first), signed(newest.number()?.saturating_sub(first).min(1 << 31)));
        let Self { own, writing, counting, counts, unread } = self;
        let questions = [ids, own, writing, counting];
        let answers = session.query_each(&questions).map_err(|(_, failure)| failure)?;
        let answers = <[Vec<Row>; 4]>::try_from(answers);
        let [_, rows, writing, counting] = answers.map_err(|answers| PgError::Decode {
            problem: format!("{} answers to {} questions", answers.len(), questions.len()),
        })?;
        let rows = rows.iter().map(|row| {
            let (class, written): (String, i64) = (row.try_get(1)?, row.try_get(3)?);
            let class = class.strip_prefix("pg_catalog.").unwrap_or(&class).to_owned();
            Ok(Rows { catalog: row.try_get(0)?, class, oid: row.try_get(2)?, written: written.unsigned_abs() })
        });
        Ok(Sighting {
            rows: rows.collect::<Result<_, PgError>>()?,
            blind: writing.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?,
            counts: (counts, counted(&counting)?),
            unread,
        })
    }
}

/// Rows of one catalog that our transaction wrote, and the object they belong to.
struct Rows {
    catalog: String,
    class: String,
    oid: u32,
    written: u64,
}

/// What the witness saw.
pub struct Sighting {
    rows: Vec<Rows>,
    /// Catalogs that were written to and that this role may not read.
    blind: Vec<String>,
    /// Before, and now.
    counts: (Counts, Counts),
    unread: Vec<String>,
}

impl Sighting {
    /// What the rehearsed delta does not hold, nobody signed.
    pub fn explain(self, explained: &Explained<'_>) -> (Witness, Vec<Check>) {
        let mut written: BTreeMap<String, Written> = BTreeMap::new();
        let mut unexplained = BTreeSet::new();
        for Rows { catalog, class, oid, written: rows } in self.rows {
            let entry = written
                .entry(catalog.clone())
                .or_insert_with(|| Written { catalog: catalog.clone(), ..Written::default() });
            entry.written += rows;
            if !explained.holds(&catalog, &class, oid) {
                entry.unexplained += rows;
                let key = explained.after.key_of(&class, oid, 0);
                let what = key.map_or_else(|| format!("{class} oid {oid}"), ToString::to_string);
                unexplained.insert(format!("a row of {catalog} for {what}"));
            }
        }
        // What cannot be read cannot be looked at row by row; that it was written to is counted all the same.
        unexplained.extend(self.blind.iter().map(|name| format!("rows of {name}, which this role may not read")));
        let witness = Witness {
            catalogs: written.into_values().collect(),
            unexplained: unexplained.into_iter().collect(),
            unread: self.unread,
        };
        let checks = checks(&witness, &self.counts.0, &self.counts.1);
        (witness, checks)
    }
}

/// Where the query finds our id, and how many after it may be ours: as parameters they would make the server plan it anew.
fn set_ids(first: i64, width: i64) -> String {
    format!(
        "SELECT pg_catalog.set_config('pgwarrant.first', '{first}', true), \
         pg_catalog.set_config('pgwarrant.width', '{width}', true)"
    )
}

/// An id as SQL counts with it; real ones stay far below the sign.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The rows of one catalog that our transaction wrote, and which objects they belong to.
///
/// Ours are those between our id and the newest one on the circle of ids that are still in progress (sub-transactions
/// included). CASE, because asking for the status of an id that was never given out is an error. Ages count from our own
/// id, or from one before it: most rows are told apart by them, without a text made of each.
fn rows_of_ours(name: &str, has_oid: bool) -> String {
    let (class, oid) = match name {
        "pg_type" => (
            "CASE WHEN t.typrelid <> 0 THEN 'pg_class' ELSE 'pg_type' END".to_owned(),
            "CASE WHEN t.typrelid <> 0 THEN t.typrelid ELSE t.oid END".to_owned(),
        ),
        "pg_constraint" => (
            "CASE WHEN r.conrelid <> 0 THEN 'pg_class' ELSE 'pg_type' END".to_owned(),
            "CASE WHEN r.conrelid <> 0 THEN r.conrelid ELSE r.contypid END".to_owned(),
        ),
        "pg_description" | "pg_seclabel" | "pg_shdescription" | "pg_shseclabel" => {
            ("r.classoid::pg_catalog.regclass::text".to_owned(), "r.objoid".to_owned())
        }
        // What users add to a family of the server's is a row of theirs, and a part of it.
        "pg_amop" | "pg_amproc" => {
            let family = format!("r.{}family", name.trim_start_matches("pg_"));
            (
                format!("CASE WHEN {family} < {FIRST_OF_USERS} THEN 'pg_opfamily' ELSE '{name}' END"),
                format!("CASE WHEN {family} < {FIRST_OF_USERS} THEN {family} ELSE r.oid END"),
            )
        }
        _ => match SUBJECTS.iter().find(|subject| subject.catalog == name) {
            Some(subject) => (format!("'{}'", subject.class), subject.oid.to_owned()),
            None => (format!("'{name}'"), if has_oid { "r.oid".to_owned() } else { "0::oid".to_owned() }),
        },
    };
    // The element of an array type is what the array belongs to.
    let element = if name == "pg_type" {
        "JOIN pg_catalog.pg_type t ON t.oid = CASE WHEN r.typelem <> 0 AND r.typlen = -1 THEN r.typelem ELSE r.oid END "
    } else {
        ""
    };
    let set = |name: &str| format!("(SELECT pg_catalog.current_setting('pgwarrant.{name}')::int8)");
    let (first, width) = (set("first"), set("width"));
    let ours = format!(
        "FROM pg_catalog.{name} r {element}\
         CROSS JOIN LATERAL (SELECT (r.xmin::text::int8 - {first}) & 4294967295 AS distance) d \
         WHERE pg_catalog.age(r.xmin) <= 0 AND CASE WHEN d.distance <= {width} \
         THEN pg_catalog.pg_xact_status(({first} + d.distance)::text::xid8) = 'in progress' ELSE false END"
    );
    // A table has many of these rows, and is looked up once.
    let whose = if OF_RELATIONS.contains(&name) { table_of("g.oid") } else { "g.oid".to_owned() };
    format!(
        "SELECT '{name}'::text, g.class, {whose}, g.rows \
         FROM (SELECT {class}::text AS class, ({oid})::oid AS oid, pg_catalog.count(*) AS rows {ours} GROUP BY 1, 2) g"
    )
}

fn counted(rows: &[Row]) -> Result<Counts, PgError> {
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

/// The checks a witness decides.
fn checks(witness: &Witness, before: &Counts, after: &Counts) -> Vec<Check> {
    let rows: u64 = witness.catalogs.iter().map(|written| written.written).sum();
    let observed = if witness.unexplained.is_empty() {
        format!("{rows} rows written, all explained")
    } else {
        witness.unexplained.join("; ")
    };
    let mut every = Check::decided(
        "W-1",
        "every catalog row written by this transaction belongs to a rehearsed change",
        "no unexplained row",
        observed,
        witness.unexplained.is_empty(),
    );
    if !witness.unread.is_empty() {
        every = every.because(format!("not readable by this role: {}", witness.unread.join(", ")));
    }
    let changed: Vec<String> = before
        .iter()
        .filter(|(name, count)| after.get(*name) != Some(count))
        .map(|(name, count)| format!("{name} {count} to {}", after.get(name).copied().unwrap_or_default()))
        .collect();
    let counted = Check::decided(
        "W-2",
        "catalogs of kinds that the snapshot does not read keep their row counts",
        "unchanged",
        if changed.is_empty() { "unchanged".to_owned() } else { changed.join("; ") },
        changed.is_empty(),
    );
    vec![every, counted]
}

/// Rows are written only where a signed statement, the dry run or the contract says so: triggers, rules and cascading
/// foreign keys of the target show up here. `effects` is what the server counted.
pub fn rows(effects: &[RowEffect], allowed: &BTreeSet<String>, after: &Snapshot) -> Check {
    let declared = |table: &str| {
        let mut name = Some(table);
        while let Some(table) = name {
            if allowed.contains(table) {
                return true;
            }
            // Rows of a partition are written through what it is a part of.
            let found = after.of_kind("table").find(|(key, _)| key.sql() == table);
            name = found.and_then(|(_, object)| object.text("partition_of"));
        }
        false
    };
    let others: Vec<String> = effects
        .iter()
        .filter(|effect| !declared(&effect.table))
        .map(|effect| {
            let RowEffect { table, inserted, updated, deleted } = effect;
            format!("{table} ({inserted} inserted, {updated} updated, {deleted} deleted)")
        })
        .collect();
    Check::decided(
        "W-3",
        "rows are written only to tables that a statement, the dry run or the contract names",
        "no other table",
        if others.is_empty() { "no other table".to_owned() } else { others.join("; ") },
        others.is_empty(),
    )
}

/// The addresses that the delta accounts for: what changed, what it lies in, and what it refers to (a foreign key
/// writes into the table it references).
pub struct Explained<'a> {
    before: &'a Snapshot,
    after: &'a Snapshot,
    role: &'a str,
    keys: BTreeSet<Key>,
    /// The digests of the server's own objects that the delta changes.
    digests: BTreeSet<&'a str>,
}

impl<'a> Explained<'a> {
    /// `delta` is the rehearsed one, `role` the one that applies.
    pub fn by(before: &'a Snapshot, after: &'a Snapshot, (delta, role): (&'a Delta, &'a str)) -> Self {
        let mut keys: BTreeSet<Key> = delta.changes.iter().map(|change| change.key.clone()).collect();
        for key in delta.changes.iter().map(|change| &change.key) {
            for snapshot in [before, after] {
                keys.extend(snapshot.ancestors(key).into_iter().filter(|above| above.kind != "schema").cloned());
            }
        }
        let touched: HashSet<&Key> =
            delta.changes.iter().flat_map(|change| change.within.iter().chain([&change.key])).collect();
        for snapshot in [before, after] {
            for dependency in &snapshot.volatile.dependencies {
                let of = snapshot.volatile.addresses.get(&dependency.of);
                let on = snapshot.volatile.addresses.get(&dependency.on);
                if let (Some(of), Some(on)) = (of, on)
                    && touched.contains(of)
                    && on.kind != "schema"
                {
                    keys.insert(on.clone());
                    keys.extend(snapshot.ancestors(on).into_iter().filter(|above| above.kind != "schema").cloned());
                }
            }
        }
        let of_database = delta.changes.iter().filter(|change| change.key.kind == "database");
        let digests = of_database.flat_map(|change| &change.fields).map(|field| field.field.as_str()).collect();
        Self { before, after, role, keys, digests }
    }

    fn holds(&self, catalog: &str, class: &str, oid: u32) -> bool {
        let signed = |key: &Key| self.keys.contains(&normalised_key(key, self.role));
        if self.after.key_of(class, oid, 0).is_some_and(signed) {
            return true;
        }
        // An object of the server's is one of the snapshot only while its privileges are not the first ones. Those of its
        // columns are kept by column, what is said of it and made of it in digests.
        let granted = || {
            let Some(class) = Catalog::find(class) else { return false };
            [self.before, self.after].into_iter().any(|snapshot| {
                let all = Address::of(class, oid, i32::MIN)..=Address::of(class, oid, i32::MAX);
                snapshot.volatile.addresses.range(all).any(|(_, key)| key.kind == "system_object" && signed(key))
            })
        };
        let digested = || system::digest_of_rows(catalog).is_some_and(|digest| self.digests.contains(digest));
        oid < FIRST_OF_USERS && (granted() || digested())
    }
}
