//! Who depends on whom in one snapshot.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use crate::catalog::ddl::Subject;
use crate::catalog::{Key, Snapshot, Tie, kinds};

/// The ties of one snapshot, both ways, between keys.
pub struct Ties<'s> {
    on: FxHashMap<&'s Key, BTreeMap<&'s Key, Tie>>,
    of: FxHashMap<&'s Key, BTreeMap<&'s Key, Tie>>,
}

impl<'s> Ties<'s> {
    pub fn new(snapshot: &'s Snapshot) -> Self {
        let mut ties = Self { on: FxHashMap::default(), of: FxHashMap::default() };
        for dependency in &snapshot.volatile.dependencies {
            let addresses = &snapshot.volatile.addresses;
            if let (Some(of), Some(on)) = (addresses.get(&dependency.of), addresses.get(&dependency.on)) {
                ties.add(of, on, dependency.tie);
            }
        }
        // What is announced before it is made needs its functions, and they need no more than its name.
        let announced = |key: &Key| {
            let subject = Subject::find(snapshot, key);
            subject.zip(kinds::find(&key.kind)).is_some_and(|(subject, kind)| kind.announce(subject).is_some())
        };
        let circles: Vec<(&Key, &Key)> = ties
            .all()
            .filter(|(of, on, _)| ties.tie(on, of).is_some() && announced(on))
            .map(|(of, on, _)| (of, on))
            .collect();
        for (of, on) in circles {
            ties.on.get_mut(of).and_then(|ties| ties.remove(on));
            ties.of.get_mut(on).and_then(|ties| ties.remove(of));
        }
        for (key, object) in &snapshot.objects {
            if let Some((parent, _)) = object.parent.as_ref().and_then(|parent| snapshot.objects.get_key_value(parent))
            {
                // What lies in a schema keeps it from being dropped; what lies in a relation goes with it.
                let tie = if snapshot.parent(parent).is_none() { Tie::Normal } else { Tie::Automatic };
                ties.add(key, parent, tie);
            }
        }
        ties
    }

    fn add(&mut self, of: &'s Key, on: &'s Key, tie: Tie) {
        if of == on {
            return;
        }
        // The strongest tie decides what goes along.
        let strongest = |known: &mut Tie| *known = (*known).max(tie);
        self.on.entry(of).or_default().entry(on).and_modify(strongest).or_insert(tie);
        self.of.entry(on).or_default().entry(of).and_modify(strongest).or_insert(tie);
    }

    /// What this one depends on.
    pub fn on(&self, key: &Key) -> impl Iterator<Item = (&'s Key, Tie)> + '_ {
        self.on.get(key).into_iter().flatten().map(|(key, tie)| (*key, *tie))
    }

    /// What depends on this one.
    pub fn of(&self, key: &Key) -> impl Iterator<Item = (&'s Key, Tie)> + '_ {
        self.of.get(key).into_iter().flatten().map(|(key, tie)| (*key, *tie))
    }

    pub fn tie(&self, of: &Key, on: &Key) -> Option<Tie> {
        self.on.get(of)?.get(on).copied()
    }

    /// All ties, in no order.
    pub fn all(&self) -> impl Iterator<Item = (&'s Key, &'s Key, Tie)> + '_ {
        self.on.iter().flat_map(|(of, ons)| ons.iter().map(move |(on, tie)| (*of, *on, *tie)))
    }
}

/// Steps in an order that keeps every "first before second"; among those that are free, the smallest comes first.
pub fn sorted(steps: usize, edges: &BTreeSet<(usize, usize)>) -> Result<Vec<usize>, Vec<usize>> {
    let mut waits = vec![0usize; steps];
    let mut next: Vec<Vec<usize>> = vec![Vec::new(); steps];
    for &(first, second) in edges {
        waits[second] += 1;
        next[first].push(second);
    }
    let mut free: BTreeSet<usize> = (0..steps).filter(|step| waits[*step] == 0).collect();
    let mut order = Vec::with_capacity(steps);
    while let Some(step) = free.pop_first() {
        order.push(step);
        for &after in &next[step] {
            waits[after] -= 1;
            if waits[after] == 0 {
                free.insert(after);
            }
        }
    }
    if order.len() == steps { Ok(order) } else { Err((0..steps).filter(|step| waits[*step] > 0).collect()) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::sorted;

    proptest! {
        #[test]
        fn an_order_keeps_every_edge(pairs in proptest::collection::vec((0usize..20, 0usize..20), 0..60)) {
            // Edges from smaller to larger numbers never make a circle.
            let edges: BTreeSet<(usize, usize)> = pairs.into_iter().filter(|(a, b)| a < b).collect();
            let order = sorted(20, &edges).unwrap();
            let place = |step| order.iter().position(|other| *other == step).unwrap();
            for (first, second) in edges {
                prop_assert!(place(first) < place(second));
            }
        }
    }

    #[test]
    fn a_circle_is_reported() {
        assert_eq!(sorted(3, &BTreeSet::from([(0, 1), (1, 0)])), Err(vec![0, 1]));
    }
}
