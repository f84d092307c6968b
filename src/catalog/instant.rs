//! One instant, although others change the catalog meanwhile. A transaction shows its rows as of one instant, but the
//! functions that write out views, defaults and conditions read what is committed at the moment they run. So the catalogs
//! are marked in the transaction that reads them and again in one that begins afterwards: where both marks are equal,
//! nothing happened in between, and what was read holds in the second transaction too. Where both see the same
//! transactions, none ended in between, and the second mark is spared.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::{CatalogError, Snapshot, kinds};
use crate::pg::{PgError, Session};

const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// Whoever waits for us while we wait for him is let go before the server looks for a deadlock (`deadlock_timeout`, one
/// second unless set) and ends his transaction.
const SHORT_WAIT: &str = "SET LOCAL lock_timeout = '500ms'";

/// How long a catalog may go on changing.
const PATIENCE: Duration = Duration::from_secs(10);
const LONGEST_PAUSE: Duration = Duration::from_millis(200);

/// The catalogs that those functions read, and which of their rows count: what others do to temporary tables does not.
const ROWS: [(&str, &str); 30] = [
    ("pg_aggregate", "t.aggfnoid::oid >= 16384"),
    ("pg_am", "t.oid >= 16384"),
    ("pg_attrdef", "{lasting(adrelid)}"),
    ("pg_attribute", "{lasting(attrelid)}"),
    ("pg_cast", "t.oid >= 16384"),
    ("pg_class", "t.oid >= 16384 AND t.relpersistence <> 't'"),
    ("pg_collation", "t.oid >= 16384"),
    ("pg_constraint", "t.oid >= 16384 AND {lasting(conrelid)}"),
    ("pg_conversion", "t.oid >= 16384"),
    ("pg_enum", "t.oid >= 16384"),
    ("pg_event_trigger", "true"),
    ("pg_extension", "true"),
    ("pg_index", "{lasting(indrelid)}"),
    ("pg_inherits", "{lasting(inhrelid)}"),
    ("pg_language", "true"),
    // Data: many, and made at any time.
    ("pg_largeobject_metadata", "false"),
    ("pg_namespace", "t.nspname !~ '^pg_(toast_)?temp_'"),
    ("pg_opclass", "t.oid >= 16384"),
    ("pg_operator", "t.oid >= 16384"),
    ("pg_opfamily", "t.oid >= 16384"),
    ("pg_policy", "true"),
    ("pg_proc", "t.oid >= 16384"),
    ("pg_range", "t.rngtypid >= 16384"),
    ("pg_rewrite", "{lasting(ev_class)}"),
    ("pg_sequence", "{lasting(seqrelid)}"),
    ("pg_statistic_ext", "true"),
    ("pg_trigger", "{lasting(tgrelid)}"),
    ("pg_ts_config", "t.oid >= 16384"),
    ("pg_ts_dict", "t.oid >= 16384"),
    (
        "pg_type",
        "t.oid >= 16384 AND t.typnamespace NOT IN \
         (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname ~ '^pg_(toast_)?temp_')",
    ),
];

impl Snapshot {
    /// Reads the catalog of one instant, and leaves the session in a read-only transaction that sees it so. What cannot be
    /// read because others change it is read again, for a few seconds; while waiting, no lock is held.
    pub fn begin(session: &mut Session) -> Result<Self, CatalogError> {
        let marks = marks(session)?;
        let began = Instant::now();
        let mut tries = 0;
        loop {
            tries += 1;
            session.execute(BEGIN)?;
            session.execute(SHORT_WAIT)?;
            let seen = seen(session)?;
            let before = mark(session, &marks)?;
            let read = Self::read(session);
            session.execute("ROLLBACK")?;
            session.execute(BEGIN)?;
            let still = (seen.is_some() && self::seen(session)? == seen) || mark(session, &marks)? == before;
            match read {
                Ok(snapshot) if still => return Ok(snapshot),
                Err(failure) if still && !waited(&failure) => {
                    session.execute("ROLLBACK")?;
                    return Err(failure);
                }
                read => {
                    session.execute("ROLLBACK")?;
                    if began.elapsed() > PATIENCE {
                        let moving = CatalogError::Moving { tries, seconds: began.elapsed().as_secs() };
                        return Err(read.err().filter(waited).unwrap_or(moving));
                    }
                }
            }
            std::thread::sleep(LONGEST_PAUSE.min(Duration::from_millis(10) * tries));
        }
    }
}

/// Someone held a lock that the reading needs.
fn waited(failure: &CatalogError) -> bool {
    matches!(failure, CatalogError::Read { source } if matches!(source.sqlstate(), Some("55P03" | "40P01")))
}

/// The query that marks every catalog that this role may read.
fn marks(session: &mut Session) -> Result<String, CatalogError> {
    let mut rows: BTreeMap<&str, &str> = BTreeMap::new();
    for kind in kinds::ALL {
        rows.extend(kind.catalogs().iter().chain([&kind.catalog()]).map(|catalog| (catalog.name(), "true")));
    }
    rows.extend(ROWS);
    let names: Vec<&str> = rows.keys().copied().collect();
    let readable = session.query(
        "SELECT c.relname::text FROM pg_catalog.pg_class c WHERE c.relnamespace = 11 AND c.relkind = 'r' \
         AND c.relname = ANY ($1) AND pg_catalog.has_table_privilege(c.oid, 'SELECT') ORDER BY c.relname",
        &[&names],
    )?;
    let mut parts = vec![
        "SELECT pg_catalog.count(*) || ' ' || pg_catalog.sum(pg_catalog.hashtext(r.rolname::text || r.oid)) \
         FROM pg_catalog.pg_roles r"
            .to_owned(),
    ];
    for row in &readable {
        let catalog: String = row.try_get(0).map_err(PgError::from)?;
        let counted = rows.get(catalog.as_str()).copied().unwrap_or("true");
        let counted = match counted.split_once("{lasting(") {
            Some((first, rest)) => {
                let column = rest.trim_end_matches(")}");
                format!(
                    "{first}(t.{column} = 0 OR t.{column} >= 16384) AND t.{column} NOT IN \
                     (SELECT c.oid FROM pg_catalog.pg_class c WHERE c.relpersistence = 't')"
                )
            }
            None => counted.to_owned(),
        };
        // A row that changes gets a later transaction as its xmin, one that goes lessens the count. Ages are cheap to take,
        // and differ from that of one fixed id by the same in every transaction; rows as old as the cluster have none.
        parts.push(format!(
            "SELECT pg_catalog.count(*) || ' ' || pg_catalog.count(g.age) || ' ' || \
             pg_catalog.sum(g.age::int8 - (SELECT pg_catalog.age('3'::pg_catalog.xid))) FROM pg_catalog.{catalog} t, \
             LATERAL (SELECT NULLIF(pg_catalog.age(t.xmin), 2147483647) AS age) g WHERE {counted}"
        ));
    }
    let parts: Vec<String> = parts.iter().map(|part| format!("({part})")).collect();
    Ok(format!("SELECT ARRAY[{}]", parts.join(", ")))
}

/// Which transactions this one sees: their ids, and those still under way. None on a standby, which does not tell
/// the latter: there one may end and nothing of this change.
fn seen(session: &mut Session) -> Result<Option<String>, CatalogError> {
    let seen = "SELECT CASE WHEN NOT pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_current_snapshot()::text END";
    Ok(session.query_one(seen, &[])?.try_get(0).map_err(PgError::from)?)
}

fn mark(session: &mut Session, marks: &str) -> Result<Vec<Option<String>>, CatalogError> {
    Ok(session.query_one(marks, &[])?.try_get(0).map_err(PgError::from)?)
}
