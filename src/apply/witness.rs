//! The witness: the catalog itself. A catalog row whose `xmin` is one of our own transaction's ids is something we wrote,
//! whatever hid it (an event trigger, dynamic SQL, a hijacked operator) and whatever kind it is of; nothing that others
//! write beside us shows up. Each such row must belong to a change that was rehearsed. Rows that vanished from catalogs that
//! the snapshot does not read are found by count.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde::{Deserialize, Serialize};

use super::outcome::TransactionId;
use crate::base::Check;
use crate::catalog::{Address, Catalog, Key, Snapshot, kinds, system};
use crate::delta::Delta;
use crate::delta::change::normalised_key;
use crate::pg::{PgError, Session};
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

/// An index belongs to its table; a TOAST table, and its index, to the table it stores for.
const RELATION: &str = "coalesce((SELECT coalesce(o.oid, i.indrelid) FROM pg_catalog.pg_index i \
     LEFT JOIN pg_catalog.pg_class o ON o.reltoastrelid = i.indrelid WHERE i.indexrelid = r.oid), \
     (SELECT o.oid FROM pg_catalog.pg_class o WHERE o.reltoastrelid = r.oid), r.oid)";
const ATTRIBUTE: &str = "coalesce((SELECT coalesce(o.oid, i.indrelid) FROM pg_catalog.pg_index i \
     LEFT JOIN pg_catalog.pg_class o ON o.reltoastrelid = i.indrelid WHERE i.indexrelid = r.attrelid), \
     (SELECT o.oid FROM pg_catalog.pg_class o WHERE o.reltoastrelid = r.attrelid), r.attrelid)";
const INDEXED: &str =
    "coalesce((SELECT o.oid FROM pg_catalog.pg_class o WHERE o.reltoastrelid = r.indrelid), r.indrelid)";

/// The catalogs whose rows belong to another object than themselves, or are a part of one; the rest name their own.
/// A row type and an array type belong to what they are made of.
const SUBJECTS: &[Subject] = &[
    of("pg_class", "pg_class", RELATION),
    of("pg_attribute", "pg_class", ATTRIBUTE),
    of("pg_attrdef", "pg_class", "r.adrelid"),
    of("pg_index", "pg_class", INDEXED),
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

/// What the witness saw.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Witness {
    pub catalogs: Vec<Written>,
    /// What was written and belongs to no rehearsed change.
    pub unexplained: Vec<String>,
    /// Catalogs this role may not read.
    pub unread: Vec<String>,
}

/// How many rows each catalog holds that no snapshot reads.
pub type Counts = BTreeMap<String, i64>;

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

/// Counts the rows of every catalog that no snapshot reads: before and after must be equal.
pub fn count(session: &mut Session) -> Result<Counts, PgError> {
    let queries: Vec<String> = catalogs(session)?
        .into_iter()
        .filter(|(name, _, readable)| *readable && !is_read(name) && !SILENT.contains(&name.as_str()))
        .map(|(name, ..)| format!("SELECT '{name}'::text, pg_catalog.count(*) FROM pg_catalog.{name}"))
        .collect();
    let rows = session.query(&queries.join(" UNION ALL "), &[])?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

/// Catalogs whose rows the snapshot turns into objects, so that a vanished row is a change of the delta.
fn is_read(catalog: &str) -> bool {
    SUBJECTS.iter().any(|subject| subject.catalog == catalog)
        || kinds::ALL.iter().any(|kind| kind.catalog().name() == catalog)
        || matches!(catalog, "pg_description" | "pg_seclabel")
}

/// Looks at every catalog row our transaction `id` wrote; `newest` is an id that another session took just now, so that
/// every sub-transaction of ours lies between the two. `delta` is the rehearsed one, `role` the one that applies: what the
/// delta does not hold, nobody signed.
pub fn look(
    session: &mut Session,
    (id, newest): (&TransactionId, &TransactionId),
    before: &Snapshot,
    after: &Snapshot,
    (delta, role): (&Delta, &str),
) -> Result<Witness, PgError> {
    let explained = Explained::by(before, after, (delta, role));
    let mut witness = Witness::default();
    let mut queries = Vec::new();
    for (name, has_oid, readable) in catalogs(session)? {
        if SILENT.contains(&name.as_str()) {
            continue;
        }
        if !readable {
            witness.unread.push(name);
            continue;
        }
        let (class, oid) = match name.as_str() {
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
        let from = if name == "pg_type" {
            "pg_catalog.pg_type r JOIN pg_catalog.pg_type t \
             ON t.oid = CASE WHEN r.typelem <> 0 AND r.typlen = -1 THEN r.typelem ELSE r.oid END"
                .to_owned()
        } else {
            format!("pg_catalog.{name} r")
        };
        // Ours: between our id and the newest one on the circle of ids, and still in progress (sub-transactions
        // included). CASE, because asking for the status of an id that was never given out is an error. Ages count from our
        // own id: most rows are told apart by them, without a text made of each.
        queries.push(format!(
            "SELECT '{name}'::text, {class}::text, ({oid})::oid FROM {from}, \
                    LATERAL (SELECT (r.xmin::text::int8 - $1::int8) & 4294967295 AS distance) d \
             WHERE pg_catalog.age(r.xmin) <= 0 AND CASE WHEN d.distance <= $3::int8 \
                        THEN pg_catalog.pg_xact_status(($2::int8 + d.distance)::text::xid8) = 'in progress' ELSE false END"
        ));
    }
    let low = i64::from(id.low()?);
    let whole = id.number()?;
    let width = newest.number()?.saturating_sub(whole).min(1 << 31);
    let mut written: BTreeMap<String, Written> = BTreeMap::new();
    let mut unexplained = BTreeSet::new();
    for row in session.query(&queries.join(" UNION ALL "), &[&low, &signed(whole), &signed(width)])? {
        let (catalog, class, oid): (String, String, u32) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        let class = class.strip_prefix("pg_catalog.").unwrap_or(&class).to_owned();
        let entry = written
            .entry(catalog.clone())
            .or_insert_with(|| Written { catalog: catalog.clone(), ..Written::default() });
        entry.written += 1;
        if !explained.holds(&catalog, &class, oid) {
            entry.unexplained += 1;
            let what = after.key_of(&class, oid, 0).map_or_else(|| format!("{class} oid {oid}"), ToString::to_string);
            unexplained.insert(format!("a row of {catalog} for {what}"));
        }
    }
    // What cannot be read cannot be looked at row by row; that it was written to is counted all the same.
    let counted = session.query(
        "SELECT relname::text FROM pg_catalog.pg_stat_xact_sys_tables WHERE schemaname = 'pg_catalog' \
            AND relname = ANY ($1::text[]) AND n_tup_ins + n_tup_upd + n_tup_del > 0",
        &[&witness.unread],
    )?;
    for row in counted {
        let name: String = row.try_get(0)?;
        unexplained.insert(format!("rows of {name}, which this role may not read"));
    }
    witness.catalogs = written.into_values().collect();
    witness.unexplained = unexplained.into_iter().collect();
    Ok(witness)
}

/// An id as the driver carries it; real ones stay far below the sign.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The checks a witness decides.
pub fn checks(witness: &Witness, before: &Counts, after: &Counts) -> Vec<Check> {
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
struct Explained<'a> {
    before: &'a Snapshot,
    after: &'a Snapshot,
    role: &'a str,
    keys: BTreeSet<Key>,
    /// The digests of the server's own objects that the delta changes.
    digests: BTreeSet<&'a str>,
}

impl<'a> Explained<'a> {
    fn by(before: &'a Snapshot, after: &'a Snapshot, (delta, role): (&'a Delta, &'a str)) -> Self {
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
