//! Objects that have another name, or lie elsewhere, and are still the same: PostgreSQL keeps their oids. To the changes
//! they are one dropped and one created, since a name is all that two databases share.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

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
pub fn renamed(before: &Snapshot, after: &Snapshot) -> Vec<Renamed> {
    if !before.volatile.is_of_the_same_database(&after.volatile) {
        return Vec::new();
    }
    let now: BTreeMap<&Address, &Key> =
        after.own_addresses().into_iter().map(|(key, address)| (address, key)).collect();
    let pairs: BTreeMap<&Key, &Key> = before
        .own_addresses()
        .into_iter()
        .filter_map(|(key, address)| Some((key, *now.get(address)?)))
        .filter(|(old, new)| old != new && old.kind == new.kind)
        .filter(|(old, new)| !after.objects.contains_key(*old) && !before.objects.contains_key(*new))
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
