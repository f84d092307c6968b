//! Objects that have another name, or lie elsewhere, and are still the same: PostgreSQL keeps their oids. To the changes
//! they are one dropped and one created, since a name is all that two databases share.

use std::collections::{BTreeMap, HashMap};

use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};

use super::between::Entries;
use crate::catalog::{Address, Key, Snapshot};

/// One object under its name before and its name after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renamed {
    pub from: Key,
    pub to: Key,
    /// For people: `table public.users`.
    pub name: String,
    pub now: String,
}

/// The renames between two snapshots of one database; none between two databases, whose oids mean different things.
/// Each side comes with what it alone has.
pub fn renamed((before, gone): (&Snapshot, &Entries<'_>), (after, new): (&Snapshot, &Entries<'_>)) -> Vec<Renamed> {
    if !before.volatile.is_of_the_same_database(&after.volatile) {
        return Vec::new();
    }
    // A rename is a key that went and a key that came.
    let keys = |entries: &Entries<'_>, other: &Snapshot| -> FxHashSet<Key> {
        entries.iter().map(|(key, _)| *key).filter(|key| !other.objects.contains_key(key)).cloned().collect()
    };
    let (gone, new) = (keys(gone, after), keys(new, before));
    // Where none did, none of all the addresses has to be looked at.
    if gone.is_empty() || new.is_empty() {
        return Vec::new();
    }
    let gone = before.own_addresses_among(|key| gone.contains(key));
    let new: HashMap<&Address, &Key> =
        after.own_addresses_among(|key| new.contains(key)).into_iter().map(|(key, address)| (address, key)).collect();
    let pairs: BTreeMap<&Key, &Key> = gone
        .into_iter()
        .filter_map(|(key, address)| Some((key, *new.get(address)?)))
        .filter(|(old, new)| old.kind == new.kind)
        .collect();
    // What lies in a renamed object has another path and no other name.
    let follows = |old: &Key, new: &Key| {
        let parents = before.parent(old).and_then(|parent| pairs.get(parent)).zip(after.parent(new));
        old.name() == new.name() && parents.is_some_and(|(expected, found)| *expected == found)
    };
    pairs
        .iter()
        .filter(|(old, new)| !follows(old, new))
        .map(|(old, new)| Renamed {
            from: (*old).clone(),
            to: (*new).clone(),
            name: old.to_string(),
            now: new.to_string(),
        })
        .collect()
}
