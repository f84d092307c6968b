//! What depends on what among the changes: the order in which they could be made, and what a reader has to look at
//! together.

use std::collections::BTreeSet;

use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

use super::Change;
use crate::base::both;
use crate::catalog::{Address, Key, Snapshot};

/// One changed object needs another that changed too, beside what it lies in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Need {
    pub of: Key,
    pub on: Key,
    /// For people: `view public.totals`.
    pub name: String,
    pub needs: String,
}

/// The dependencies between changes, as PostgreSQL had written them down on either side.
pub fn dependencies<'s>(before: &'s Snapshot, after: &'s Snapshot, changes: &[Change]) -> Vec<Need> {
    if changes.len() < 2 {
        return Vec::new();
    }
    let keys: FxHashSet<&Key> = changes.iter().map(|change| &change.key).collect();
    let needed = |snapshot: &'s Snapshot| {
        let mut found = BTreeSet::new();
        let addresses: FxHashMap<&Address, &Key> =
            snapshot.volatile.addresses.iter().filter(|(_, key)| keys.contains(key)).collect();
        for dependency in &snapshot.volatile.dependencies {
            let (Some(of), Some(on)) = (addresses.get(&dependency.of), addresses.get(&dependency.on)) else { continue };
            let inside = |one: &Key, other: &Key| snapshot.ancestors(one).contains(&other);
            if of != on && !inside(of, on) && !inside(on, of) {
                found.insert((*of, *on));
            }
        }
        found
    };
    let (mut found, more) = both(|| needed(before), || needed(after));
    found.extend(more);
    found
        .into_iter()
        .map(|(of, on)| Need { of: of.clone(), on: on.clone(), name: of.to_string(), needs: on.to_string() })
        .collect()
}
