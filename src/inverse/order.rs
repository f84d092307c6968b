//! The steps of a plan in an order that can be run.

use rustc_hash::FxHashMap;

use super::InverseError;
use super::graph::sorted;
use super::plan::{Plan, holds_rows, kind_of};
use crate::catalog::ddl::Subject;
use crate::catalog::{Key, Path, Tie, kinds};

/// What a step does; drops come first where nothing else decides, makings last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Deed {
    Drop,
    Alter,
    Create,
}

pub(super) type Steps<'s> = Vec<(Deed, &'s Key)>;

impl<'s> Plan<'s> {
    /// All steps in an order that can be run, or those that go round in a circle.
    fn steps(&mut self) -> Result<Result<Steps<'s>, Steps<'s>>, InverseError> {
        let mut steps: Vec<(Deed, &'s Key)> = Vec::new();
        steps.extend(self.drops.iter().filter(|key| self.dropped_with(key).is_none()).map(|key| (Deed::Drop, *key)));
        let altered = self.alters.iter().filter(|(_, ddl)| !ddl.statements.is_empty());
        steps.extend(altered.map(|(key, _)| (Deed::Alter, *key)));
        for key in &self.creates {
            if !self.made_with.contains_key(key) {
                steps.push((Deed::Create, key));
            }
        }
        // Inner things go first and come last.
        steps.sort_by_cached_key(|(deed, key)| {
            let rank = kinds::rank(&key.kind);
            let last = *deed == Deed::Create
                && Subject::find(self.before, key)
                    .zip(kinds::find(&key.kind))
                    .is_some_and(|(subject, kind)| kind.made_last(subject));
            (*deed, last, if *deed == Deed::Drop { usize::MAX - rank } else { rank }, *key)
        });
        let number: FxHashMap<(Deed, &Key), usize> = steps.iter().enumerate().map(|(at, step)| (*step, at)).collect();
        let edges = self.edges(&number)?;
        Ok(sorted(steps.len(), &edges)
            .map(|order| order.into_iter().map(|at| steps[at]).collect())
            .map_err(|circle| circle.into_iter().map(|at| steps[at]).collect()))
    }

    /// The steps in order; circles are opened by dropping what ties them by itself.
    pub(super) fn order(&mut self) -> Result<Vec<(Deed, &'s Key)>, InverseError> {
        loop {
            let circle: Vec<(Deed, &'s Key)> = match self.steps()? {
                Ok(order) => return Ok(order),
                Err(circle) => circle,
            };
            let inside = |top: &Key| circle.contains(&(Deed::Drop, self.drops.get(top).copied().unwrap_or(top)));
            let ties: Vec<&'s Key> = self
                .drops
                .iter()
                .copied()
                .filter(|key| self.dropped_with(key).is_some() && inside(self.dropped_at_last(key)))
                .filter(|key| {
                    let top = self.dropped_at_last(key);
                    self.ties_after.on(key).any(|(on, tie)| {
                        let other = self.dropped_at_last(on);
                        tie == Tie::Normal && other != top && inside(other)
                    })
                })
                .filter(|key| {
                    let subject = Subject::find(self.after, key);
                    subject.zip(kinds::find(&key.kind)).is_some_and(|(subject, kind)| kind.made_by(subject).is_none())
                })
                .collect();
            if ties.is_empty() {
                self.tied.extend(self.closes(&circle));
                if self.tied.is_empty() {
                    let altered = circle.iter().filter(|(deed, key)| *deed == Deed::Alter && !holds_rows(key));
                    self.again.extend(altered.map(|(_, key)| *key));
                }
                let keys: Vec<String> = circle.into_iter().map(|(_, key)| key.to_string()).collect();
                return Err(InverseError::Circle { keys: keys.join(", ") });
            }
            self.apart.extend(ties);
        }
    }

    /// The object whose dropping takes this one along.
    pub(super) fn dropped_at_last<'k>(&self, key: &'k Key) -> &'k Key
    where
        's: 'k,
    {
        let mut top = key;
        while let Some(with) = self.dropped_with(top) {
            top = with;
        }
        top
    }

    /// The object whose making makes this one too.
    pub(super) fn made_at_last<'k>(&self, key: &'k Key) -> &'k Key
    where
        's: 'k,
    {
        let mut top = key;
        while let Some(with) = self.made_with.get(top) {
            top = with;
        }
        top
    }

    fn edges(&mut self, number: &FxHashMap<(Deed, &'s Key), usize>) -> Result<Vec<(usize, usize)>, InverseError> {
        let mut edges = Vec::new();
        let mut dropped = FxHashMap::default();
        for key in &self.drops {
            dropped.insert(*key, self.dropped_at_last(key));
        }
        let mut made = FxHashMap::default();
        for key in &self.creates {
            made.insert(*key, self.made_at_last(key));
        }
        let old = |key: &Key| match dropped.get(key) {
            Some(top) => number.get(&(Deed::Drop, *top)).map(|at| (Deed::Drop, *at)),
            None => number.get(&(Deed::Alter, key)).map(|at| (Deed::Alter, *at)),
        };
        let new = |key: &Key| match made.get(key) {
            Some(top) => number.get(&(Deed::Create, *top)).map(|at| (Deed::Create, *at)),
            None => number.get(&(Deed::Alter, key)).map(|at| (Deed::Alter, *at)),
        };
        for (of, on, tie) in self.ties_after.all() {
            // A partition's index goes once the partition is detached; the rest of a table does not wait for it.
            let of_altered = self.alters.contains_key(on) && self.drops.contains(of);
            if of_altered && (tie == Tie::Partition || self.after.parent(of) == Some(on)) {
                let detached = self.alters.get(on).is_some_and(|ddl| ddl.detaches);
                if let (Some((Deed::Drop, drop)), Some((_, alter))) = (old(of), old(on))
                    && (tie == Tie::Partition || detached)
                {
                    edges.push((alter, drop));
                }
                continue;
            }
            if let (Some((first, a)), Some((second, b))) = (old(of), old(on))
                && a != b
                && (first == Deed::Drop || second == Deed::Drop)
                // A column and its sequence need each other: what stays is freed before the other goes.
                && !(second == Deed::Alter && self.ties_after.tie(on, of).is_some())
            {
                edges.push((a, b));
            }
        }
        let before_is = |of: &Key, on: &Key| self.before.parent(of) == Some(on);
        for (of, on, tie) in self.ties_before.all() {
            if let (Some((_, a)), Some((_, b))) = (new(of), new(on))
                && a != b
            {
                // What is taken over has to be there before.
                let attaches = self.alters.get(on).is_some_and(|ddl| ddl.attaches);
                if attaches && self.ties_before.on(of).any(|(_, tie)| tie == Tie::Partition) && before_is(of, on) {
                    edges.push((a, b));
                    continue;
                }
                // A sequence belongs to a column whose default needs it: the default decides, the rest comes later.
                let back = self.ties_before.tie(on, of) == Some(Tie::Normal);
                if !(tie != Tie::Normal && back) {
                    edges.push((b, a));
                }
                // An index of a partitioned table serves a foreign key once those of the partitions are attached to it.
                let last = Subject::find(self.before, of).zip(kinds::find(&of.kind));
                if tie == Tie::Normal && last.is_some_and(|(subject, kind)| kind.made_last(subject)) {
                    let parts = self.ties_before.of(on).filter(|(part, tie)| *tie == Tie::Partition && *part != of);
                    edges.extend(
                        parts
                            .filter_map(|(part, _)| new(part))
                            .map(|(_, part)| (part, a))
                            .filter(|(part, _)| *part != a),
                    );
                }
            }
        }
        // What a table declares beside its parent stays behind its like, and is there before it.
        for ((deed, key), at) in number {
            let snapshot = if *deed == Deed::Drop { self.after } else { self.before };
            let Some(subject) = Subject::find(snapshot, key).filter(|subject| subject.object.is("local")) else {
                continue;
            };
            for like in kind_of(key)?.inherited_from(subject) {
                match number.get(&(*deed, &like)) {
                    Some(like) if *deed == Deed::Drop => edges.push((*like, *at)),
                    Some(like) if *deed == Deed::Create => edges.push((*at, *like)),
                    _ => {}
                }
            }
        }
        // What is called has to be there, with what its body names.
        for ((deed, key), at) in number {
            let routines = if *deed == Deed::Drop { Vec::new() } else { self.called_to_make(key, *deed) };
            let made = routines.into_iter().filter_map(new).map(|(_, made)| made);
            edges.extend(made.filter(|made| made != at).map(|made| (made, *at)));
        }
        // A name has to be free before it is taken.
        let mut taken: FxHashMap<&Path, Vec<usize>> = FxHashMap::default();
        for (key, top) in &dropped {
            taken.entry(&key.path).or_default().extend(number.get(&(Deed::Drop, *top)));
        }
        for (key, top) in &made {
            let Some(create) = number.get(&(Deed::Create, *top)) else { continue };
            for drop in taken.get(&key.path).into_iter().flatten() {
                edges.push((*drop, *create));
            }
            // What has a place beside its like is made in that order.
            let mut at = *key;
            while let Some(subject) = Subject::find(self.before, at)
                && let Some(follows) = kind_of(at)?.follows(subject)
                && let Some((follows, _)) = self.before.objects.get_key_value(&follows)
            {
                at = follows;
                if let Some(first) = made.get(at).and_then(|top| number.get(&(Deed::Create, *top)))
                    && first != create
                {
                    edges.push((*first, *create));
                    break;
                }
            }
        }
        Ok(edges)
    }
}
