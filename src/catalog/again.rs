//! A second look in the transaction that changed the catalog, while its locks are held: only what it wrote is read anew,
//! together with all that depends on that. What cannot be told apart so is read whole.
//!
//! Why it is the same as reading everything: the transaction sees rows of one instant and its own. Its own bear its id, so
//! they are found by their age; those it changed or dropped are seen by another session, marked by who did it. All other
//! rows are as they were, and so is what was made of them.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::reader::{Earlier, Picked, oids};
use super::system::{Kept, Places};
use super::written::{self, Id, Stale};
use super::{Address, Catalog, CatalogError, Key, Snapshot, Volatile, kinds};
use crate::base::both;
use crate::pg::{PgError, Session};

/// Kinds whose queries read only what is picked, by its own oid or by that of the relation it lies in. The others are few
/// in a database, and read whole.
const PICKED: [&str; 18] = [
    "base_type",
    "column",
    "composite_type",
    "constraint",
    "domain",
    "enum",
    "foreign_table",
    "function",
    "index",
    "materialized_view",
    "policy",
    "procedure",
    "rule",
    "sequence",
    "statistics",
    "table",
    "trigger",
    "view",
];

/// Those of them that are picked by the relation they lie in.
const PARTS: [&str; 7] = ["column", "constraint", "index", "policy", "rule", "statistics", "trigger"];

/// Where so much is touched, reading everything costs no more.
const FEW: usize = 64;

/// In a database of so few objects, everything is read before it is found what was written.
const SMALL: usize = 3_000;

/// A snapshot, and the proof of the instant it is of.
pub struct Basis {
    snapshot: Snapshot,
    moment: Moment,
    stale: Stale,
    addresses: HashMap<Key, Vec<Address>>,
    /// What the server's own objects are like.
    kept: Option<Kept>,
    /// What was asked, and may be asked again.
    queries: Vec<String>,
}

/// What must be the same both times, and what must not have been.
#[derive(Debug, PartialEq)]
struct Moment {
    isolation: String,
    rows: String,
    backend: i32,
    roles: Vec<String>,
    id: Option<String>,
}

impl Moment {
    fn of(session: &mut Session) -> Result<Self, PgError> {
        let row = session.query_one(
            "SELECT pg_catalog.current_setting('transaction_isolation'), pg_catalog.pg_current_snapshot()::text, \
             pg_catalog.pg_backend_pid(), ARRAY(SELECT r.oid || ' ' || r.rolname FROM pg_catalog.pg_roles r ORDER BY r.oid), \
             pg_catalog.pg_current_xact_id_if_assigned()::text",
            &[],
        )?;
        Ok(Self {
            isolation: row.try_get(0)?,
            rows: row.try_get(1)?,
            backend: row.try_get(2)?,
            roles: row.try_get(3)?,
            id: row.try_get(4)?,
        })
    }

    /// Whether all that is read is of it.
    fn lasts(&self) -> bool {
        matches!(self.isolation.as_str(), "repeatable read" | "serializable")
    }

    /// One instant, before the first write.
    fn is_fixed(&self) -> bool {
        self.lasts() && self.id.is_none()
    }
}

impl Basis {
    /// Reads the catalog in a transaction that has not written anything yet.
    pub fn read(session: &mut Session) -> Result<Self, CatalogError> {
        let moment = Moment::of(session)?;
        let (snapshot, mut queries) = Snapshot::read_with(session, Earlier::default())?;
        let mut addresses: HashMap<Key, Vec<Address>> = HashMap::new();
        for (address, key) in &snapshot.volatile.addresses {
            addresses.entry(key.clone()).or_default().push(*address);
        }
        // What lies in each is learnt before anybody waits for us.
        snapshot.objects.children(&Key::new("", &[])).for_each(drop);
        let stale = written::stale(session)?;
        let places = if moment.lasts() { Places::read(session)? } else { None };
        let kept = places.map(|places| Kept::of(&snapshot, places));
        // Last, so that objects are made of all the others meanwhile.
        queries.extend(kept.iter().map(|kept| kept.query().to_owned()));
        Ok(Self { snapshot, moment, stale, addresses, kept, queries })
    }

    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// The catalog as this transaction sees it now. `second` is another session in the same database, as the same role.
    /// What the basis held is used up by it; it is let go of with the basis, when nobody waits any more.
    pub fn again(&mut self, session: &mut Session, second: &mut Session) -> Result<Snapshot, CatalogError> {
        if self.snapshot.objects.len() < SMALL {
            // So small that all answers have room: the round trips are what takes time.
            let earlier = Earlier { picked: None, kept: self.kept.as_ref(), queries: &self.queries };
            return Ok(Snapshot::read_with(session, earlier)?.0);
        }
        let patched = match self.patched(session, second) {
            // What a kind misses may lie outside of what was picked.
            Err(CatalogError::Shape { .. }) => None,
            patched => patched?,
        };
        patched.map_or_else(|| Snapshot::read(session), Ok)
    }

    /// The same, without reading everything; None where it cannot be told so.
    pub fn patched(&mut self, session: &mut Session, second: &mut Session) -> Result<Option<Snapshot>, CatalogError> {
        let now = Moment::of(session)?;
        let same = Moment { id: None, ..now } == self.moment;
        if !same || !self.moment.is_fixed() || !written::is_beside(session, second)? {
            return Ok(None);
        }
        let Some(touched) = written::touched(session, second, &self.stale, |id, path| self.is_still_called(id, path))?
        else {
            return Ok(None);
        };
        // A check of a domain that is gone says of no relation that it was there.
        let domains = |id: &Id| self.snapshot.key_of(id.class, id.oid, 0).is_some_and(|key| key.kind == "domain");
        if touched.all.iter().any(|id| id.class == "pg_constraint" && domains(id)) {
            return Ok(None);
        }
        let mut relations: BTreeSet<u32> = touched.relations;
        relations.extend(touched.all.iter().filter_map(|id| self.relation_of(id)));
        let mut oids: BTreeSet<u32> = relations.iter().copied().collect();
        oids.extend(touched.all.iter().map(|id| id.oid));
        if oids.len() > FEW.max(self.snapshot.objects.len() / 16) {
            return Ok(None);
        }
        oids.extend(written::indexes(session, &relations)?);
        let nothing = Snapshot::empty(self.snapshot.server, String::new(), 0);
        let mut snapshot = std::mem::replace(&mut self.snapshot, nothing);
        let before = snapshot.not_covered.clone();
        take_out(&mut snapshot, &self.addresses, &oids, &touched.all);
        let standing = Standing::query(&oids);
        let picked = Picked { oids, ids: touched.all, rest: snapshot };
        let earlier = Earlier { picked: Some(picked), kept: self.kept.as_ref(), queries: &[] };
        let (patched, standing) = both(|| Snapshot::read_with(session, earlier), || Standing::read(second, &standing));
        let (mut patched, _) = patched?;
        match standing {
            Ok(standing) => standing.put(&mut patched),
            Err(failure) => {
                log::debug!(target: "pgwarrant.catalog", "everything is read: {failure}");
                return Ok(None);
            }
        }
        // A part that is not read for want of a privilege is counted over all.
        Ok((patched.not_covered == before).then_some(patched))
    }

    /// Whether a relation or schema has the name that it had.
    fn is_still_called(&self, id: &Id, path: &[String]) -> bool {
        let known = self.snapshot.key_of(id.class, id.oid, 0);
        known.is_some_and(|key| key.path.iter().eq(path.iter()))
    }

    /// The relation that something lay in which may be gone.
    fn relation_of(&self, id: &Id) -> Option<u32> {
        let mut key = self.snapshot.key_of(id.class, id.oid, 0)?;
        while PARTS.contains(&key.kind.as_str()) {
            key = self.snapshot.parent(key)?;
        }
        let own = |address: &&Address| address.class == Catalog::Class && address.subid == 0;
        self.addresses.get(key)?.iter().find(own).map(|address| address.oid)
    }
}

/// What changes without a row of a catalog being written: positions of sequences, and estimates. The other session tells
/// them, at the same time, but for what this one may have locked.
struct Standing(Vec<(bool, u32, i64)>);

impl Standing {
    fn query(picked: &BTreeSet<u32>) -> String {
        let picked = oids(picked.iter().copied());
        format!(
            "SELECT false, c.oid, c.reltuples::int8 FROM pg_catalog.pg_class c WHERE c.relkind IN ('r', 'p') \
             AND c.oid >= 16384 AND c.relpersistence <> 't' AND c.reltuples >= 0 AND c.oid <> ALL ({picked}) \
             UNION ALL SELECT true, c.oid, CASE WHEN pg_catalog.has_sequence_privilege(q.seqrelid, 'USAGE, SELECT') \
             THEN pg_catalog.pg_sequence_last_value(q.seqrelid) END \
             FROM pg_catalog.pg_sequence q JOIN pg_catalog.pg_class c ON c.oid = q.seqrelid \
             WHERE q.seqrelid >= 16384 AND c.relpersistence <> 't' AND c.oid <> ALL ({picked})"
        )
    }

    fn read(second: &mut Session, query: &str) -> Result<Self, PgError> {
        let mut list = Vec::new();
        for row in second.query(query, &[])? {
            // A sequence that has given nothing yet stands nowhere.
            if let Some(number) = row.try_get(2)? {
                list.push((row.try_get(0)?, row.try_get(1)?, number));
            }
        }
        Ok(Self(list))
    }

    fn put(self, snapshot: &mut Snapshot) {
        let Volatile { addresses, last_values, row_estimates, .. } = &mut snapshot.volatile;
        for (is_sequence, oid, number) in self.0 {
            let Some(key) = addresses.get(&Address::of(Catalog::Class, oid, 0)) else { continue };
            let standing = if is_sequence { &mut *last_values } else { &mut *row_estimates };
            standing.insert(key.clone(), number);
        }
    }
}

/// Takes out what is read anew.
fn take_out(
    snapshot: &mut Snapshot,
    addresses: &HashMap<Key, Vec<Address>>,
    oids: &BTreeSet<u32>,
    touched: &BTreeSet<Id>,
) {
    let mut gone: HashSet<Key> = HashSet::new();
    for kind in kinds::ALL.iter().filter(|kind| !PICKED.contains(&kind.name())) {
        gone.extend(snapshot.of_kind(kind.name()).map(|(key, _)| key.clone()));
    }
    for oid in oids {
        for class in [Catalog::Class, Catalog::Type, Catalog::Proc] {
            let Some(key) = snapshot.volatile.addresses.get(&Address::of(class, *oid, 0)) else { continue };
            let kind = key.kind.as_str();
            let own = kinds::find(kind).is_some_and(|known| known.catalog() == class);
            if own && PICKED.contains(&kind) && !PARTS.contains(&kind) {
                let parts =
                    snapshot.children(key).map(|(part, _)| part).filter(|part| PARTS.contains(&part.kind.as_str()));
                gone.extend(parts.chain([key]).cloned());
            }
        }
    }
    for key in &gone {
        snapshot.objects.remove(key);
        for address in addresses.get(key).into_iter().flatten() {
            snapshot.volatile.addresses.remove(address);
        }
        snapshot.volatile.unpopulated.remove(key);
        snapshot.volatile.collation_versions.remove(key);
    }
    // These are not rows of a catalog, or not written like one: all are asked for anew.
    snapshot.volatile.row_estimates = BTreeMap::new();
    snapshot.volatile.last_values = BTreeMap::new();
    let touched: HashSet<(Catalog, u32)> =
        touched.iter().filter_map(|id| Some((Catalog::find(id.class)?, id.oid))).collect();
    snapshot.volatile.dependencies.retain(|dependency| !touched.contains(&(dependency.of.class, dependency.of.oid)));
}
