//! Parts that are set by themselves: the default of a column may call a function whose body reads the table, or that has to be
//! dropped and made again. It is taken off before all else, and set once all else stands.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::graph::Ties;
use super::order::{Deed, Steps};
use super::plan::Plan;
use crate::catalog::ddl::{Alter, Ddl, Separable, Subject};
use crate::catalog::{Address, Catalog, Key, Snapshot, Tie, kinds};

/// What is set by itself.
#[derive(Default)]
pub(super) struct Loose(BTreeSet<Key>);

/// What lies between, without what is set by itself, and what sets that.
pub(super) struct Left<'s> {
    pub before: Cow<'s, Snapshot>,
    pub after: Cow<'s, Snapshot>,
    pub first: Vec<(Key, Ddl)>,
    pub last: Vec<(Key, Ddl)>,
    /// What is made beside rows that do not get it.
    pub without: Vec<&'s Key>,
    /// What may hold no rows because of that.
    pub empty: Vec<&'s Key>,
}

impl Loose {
    /// Whether there are more of them now.
    pub fn take(&mut self, keys: &BTreeSet<&Key>) -> bool {
        let known = self.0.len();
        self.0.extend(keys.iter().map(|key| (*key).clone()));
        self.0.len() > known
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn between<'s>(&self, before: &'s Snapshot, after: &'s Snapshot) -> Left<'s> {
        let without = self.0.iter().filter_map(|key| Some(before.objects.get_key_value(key)?.0));
        let without: Vec<&Key> = without.filter(|key| is_made_in_what_stands(before, after, key)).collect();
        let (old, new) = (self.taken_off(before, &without), self.taken_off(after, &[]));
        let strict = |key: &&Key| {
            let subject = Subject::find(before, key);
            let facts = subject.and_then(separable).map_or(&[][..], |part| part.for_rows);
            subject.is_some_and(|subject| facts.iter().any(|fact| subject.object.facts.contains_key(fact)))
        };
        let empty = without.iter().copied().filter(strict).filter_map(|key| before.parent(key)).collect();
        Left { first: self.set(after, &new), last: self.set(&old, before), before: old, after: new, without, empty }
    }

    fn taken_off<'s>(&self, snapshot: &'s Snapshot, without: &[&Key]) -> Cow<'s, Snapshot> {
        let mut left = Cow::Borrowed(snapshot);
        let mut off: BTreeMap<&Key, Catalog> = BTreeMap::new();
        for key in &self.0 {
            let Some(subject) = Subject::find(snapshot, key) else { continue };
            let Some(Separable { catalog, facts, for_rows }) = separable(subject) else { continue };
            let for_rows = if without.contains(&key) { for_rows } else { &[] };
            let taken = |name: &str| facts.contains(&name) || for_rows.contains(&name);
            let kept = subject.object.facts.iter().filter(|(name, _)| !taken(name));
            let kept = kept.map(|(name, value)| (name.clone(), value.clone())).collect();
            if let Some(object) = left.to_mut().objects.get_mut(key) {
                object.facts = kept;
            }
            off.insert(key, catalog);
        }
        if !off.is_empty() {
            let of = |address: &Address| off.get(snapshot.volatile.addresses.get(address)?);
            left.to_mut().volatile.dependencies.retain(|tie| of(&tie.of) != Some(&tie.of.class));
        }
        left
    }

    /// What makes of the one what they are in the other.
    fn set(&self, from: &Snapshot, to: &Snapshot) -> Vec<(Key, Ddl)> {
        let mut set = Vec::new();
        for key in &self.0 {
            let (Some(from), Some(to)) = (Subject::find(from, key), Subject::find(to, key)) else { continue };
            let (Some(kind), Some(separable)) = (kinds::find(&key.kind), separable(to).or_else(|| separable(from)))
            else {
                continue;
            };
            let facts = separable.for_rows.iter().chain(separable.facts);
            let differ = |fact: &&str| from.object.facts.get(fact) != to.object.facts.get(fact);
            let facts: BTreeSet<String> = facts.copied().filter(differ).map(str::to_owned).collect();
            if !facts.is_empty() {
                set.push((key.clone(), kind.alter(Alter { from, to, facts: &facts })));
            }
        }
        set
    }
}

fn separable(subject: Subject<'_>) -> Option<Separable> {
    kinds::find(&subject.key.kind)?.separable(subject)
}

/// A column that is made by itself: its table may hold rows.
fn is_made_in_what_stands(before: &Snapshot, after: &Snapshot, key: &Key) -> bool {
    let parent = before.parent(key).filter(|parent| before.parent(parent).is_some());
    !after.objects.contains_key(key) && parent.is_some_and(|parent| after.objects.contains_key(parent))
}

impl<'s> Plan<'s> {
    /// Whether only a part that can be set by itself ties one to the other.
    pub(super) fn is_tied_by_a_part(&self, key: &Key, on: &Key) -> bool {
        let Some(Separable { catalog, .. }) = Subject::find(self.after, key).and_then(separable) else { return false };
        let addresses = &self.after.volatile.addresses;
        let of = |address: &Address, key: &Key| addresses.get(address) == Some(key);
        let ties = &self.after.volatile.dependencies;
        ties.iter().filter(|tie| of(&tie.of, key) && of(&tie.on, on)).all(|tie| tie.of.class == catalog)
    }

    /// What could open a circle: a part of it ties it to another step of the circle.
    pub(super) fn closes(&self, circle: &Steps<'s>) -> BTreeSet<&'s Key> {
        let circle: BTreeSet<(Deed, &Key)> = circle.iter().copied().collect();
        let unmade = |key: &'s Key| {
            if self.drops.contains(key) { (Deed::Drop, self.dropped_at_last(key)) } else { (Deed::Alter, key) }
        };
        let made = |key: &'s Key| {
            if self.creates.contains(key) { (Deed::Create, self.made_at_last(key)) } else { (Deed::Alter, key) }
        };
        let mut found = tied(self.after, &self.ties_after, &circle, unmade);
        found.extend(tied(self.before, &self.ties_before, &circle, made));
        // What is made beside rows gives them its part; where another can open the circle, it does.
        let beside_rows = |key: &&Key| is_made_in_what_stands(self.before, self.after, key);
        if !found.iter().all(beside_rows) {
            found.retain(|key| !beside_rows(key));
        }
        found
    }
}

/// What could do without a part of it, and belongs to one step of the circle and depends on another.
fn tied<'s>(
    snapshot: &'s Snapshot,
    ties: &Ties<'s>,
    circle: &BTreeSet<(Deed, &Key)>,
    step: impl Fn(&'s Key) -> (Deed, &'s Key),
) -> BTreeSet<&'s Key> {
    let inside = |key: &&'s Key| circle.contains(&step(key));
    let other = |key: &'s Key, on: &'s Key| step(on) != step(key) && circle.contains(&step(on));
    let keys = snapshot.objects.keys().filter(inside);
    keys.filter(|key| Subject::find(snapshot, key).and_then(separable).is_some())
        .filter(|key| ties.on(key).any(|(on, tie)| tie == Tie::Normal && other(key, on)))
        .collect()
}
