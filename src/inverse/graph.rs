//! Who depends on whom in one snapshot.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rustc_hash::FxHashMap;

use crate::catalog::ddl::Subject;
use crate::catalog::{Address, Key, Snapshot, Tie, kinds};

/// The ties of one snapshot, both ways, between keys.
pub struct Ties<'s> {
    on: Tied<'s>,
    of: Tied<'s>,
}

/// Keys in their order, with the tie to each.
type Tied<'s> = FxHashMap<&'s Key, Vec<(&'s Key, Tie)>>;

impl<'s> Ties<'s> {
    pub fn new(snapshot: &'s Snapshot) -> Self {
        let mut on = Tied::default();
        let addresses: FxHashMap<&Address, &Key> = snapshot.volatile.addresses.iter().collect();
        for dependency in &snapshot.volatile.dependencies {
            if let (Some(of), Some(to)) = (addresses.get(&dependency.of), addresses.get(&dependency.on)) {
                tie(&mut on, of, to, dependency.tie);
            }
        }
        // What is announced before it is made needs its functions, and they need no more than its name.
        let announced = |key: &Key| {
            let subject = Subject::find(snapshot, key);
            subject.zip(kinds::find(&key.kind)).is_some_and(|(subject, kind)| kind.announce(subject).is_some())
        };
        let back = |of: &Key, to: &Key| on.get(to).is_some_and(|ties| ties.iter().any(|(key, _)| *key == of));
        let ties = on.iter().flat_map(|(of, ties)| ties.iter().map(move |(to, _)| (*of, *to)));
        let circles: Vec<(&Key, &Key)> = ties.filter(|(of, to)| back(of, to) && announced(to)).collect();
        for (of, to) in circles {
            on.entry(of).and_modify(|ties| ties.retain(|(key, _)| *key != to));
        }
        for (key, object) in &snapshot.objects {
            if let Some((parent, _)) = object.parent.as_ref().and_then(|parent| snapshot.objects.get_key_value(parent))
            {
                // What lies in a schema keeps it from being dropped; what lies in a relation goes with it.
                let lies = if snapshot.parent(parent).is_none() { Tie::Normal } else { Tie::Automatic };
                tie(&mut on, key, parent, lies);
            }
            let subject = Subject { key, object, snapshot };
            for like in kinds::find(&key.kind).map_or_else(Vec::new, |kind| kind.inherited_from(subject)) {
                if let Some((like, _)) = snapshot.objects.get_key_value(&like).filter(|_| !object.is("local")) {
                    tie(&mut on, key, like, Tie::Automatic);
                }
            }
        }
        let mut of = Tied::default();
        for (key, ties) in &mut on {
            ties.sort_unstable();
            for (to, tie) in ties {
                of.entry(to).or_default().push((key, *tie));
            }
        }
        for ties in of.values_mut() {
            ties.sort_unstable();
        }
        Self { on, of }
    }

    /// What this one depends on.
    pub fn on(&self, key: &Key) -> impl Iterator<Item = (&'s Key, Tie)> + '_ {
        self.on.get(key).into_iter().flatten().copied()
    }

    /// What depends on this one.
    pub fn of(&self, key: &Key) -> impl Iterator<Item = (&'s Key, Tie)> + '_ {
        self.of.get(key).into_iter().flatten().copied()
    }

    pub fn tie(&self, of: &Key, on: &Key) -> Option<Tie> {
        self.on(of).find(|(key, _)| *key == on).map(|(_, tie)| tie)
    }

    /// All ties, in no order.
    pub fn all(&self) -> impl Iterator<Item = (&'s Key, &'s Key, Tie)> + '_ {
        self.on.iter().flat_map(|(of, ons)| ons.iter().map(move |(on, tie)| (*of, *on, *tie)))
    }
}

fn tie<'s>(on: &mut Tied<'s>, of: &'s Key, to: &'s Key, tie: Tie) {
    if of == to {
        return;
    }
    let ties = on.entry(of).or_default();
    match ties.iter_mut().find(|(key, _)| *key == to) {
        // The strongest tie decides what goes along.
        Some((_, known)) => *known = tie.max(*known),
        None => ties.push((to, tie)),
    }
}

/// Steps in an order that keeps every "first before second"; among those that are free, the smallest comes first.
pub fn sorted(steps: usize, edges: &[(usize, usize)]) -> Result<Vec<usize>, Vec<usize>> {
    let mut waits = vec![0usize; steps];
    let mut next: Vec<Vec<usize>> = vec![Vec::new(); steps];
    for &(first, second) in edges {
        waits[second] += 1;
        next[first].push(second);
    }
    let mut free: BinaryHeap<Reverse<usize>> = (0..steps).filter(|step| waits[*step] == 0).map(Reverse).collect();
    let mut order = Vec::with_capacity(steps);
    while let Some(Reverse(step)) = free.pop() {
        order.push(step);
        for &after in &next[step] {
            waits[after] -= 1;
            if waits[after] == 0 {
                free.push(Reverse(after));
            }
        }
    }
    if order.len() == steps { Ok(order) } else { Err((0..steps).filter(|step| waits[*step] > 0).collect()) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::sorted;

    proptest! {
        #[test]
        fn an_order_keeps_every_edge(pairs in proptest::collection::vec((0usize..20, 0usize..20), 0..60)) {
            // Edges from smaller to larger numbers never make a circle.
            let edges: Vec<(usize, usize)> = pairs.into_iter().filter(|(a, b)| a < b).collect();
            let order = sorted(20, &edges).unwrap();
            let place = |step| order.iter().position(|other| *other == step).unwrap();
            for (first, second) in edges {
                prop_assert!(place(first) < place(second));
            }
        }
    }

    #[test]
    fn a_circle_is_reported() {
        assert_eq!(sorted(3, &[(0, 1), (1, 0)]), Err(vec![0, 1]));
    }
}
