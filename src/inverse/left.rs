//! What is left out of a plan: what would be a part of something that stays as it is, and, unless it is asked for, what
//! would lose rows.

use std::collections::{BTreeMap, BTreeSet};

use super::plan::{Plan, holding, holds_rows, kind_of};
use super::{InverseError, Verdict};
use crate::catalog::ddl::Subject;
use crate::catalog::{Address, Key, Snapshot, Tie, kinds};

/// Whether statements may lose rows, or values of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    Allowed,
    /// Such a statement is left out, and what cannot be done without it.
    LeftOut,
}

type Reasons<'s> = BTreeMap<&'s Key, String>;

impl<'s> Plan<'s> {
    pub(super) fn leave_out(&mut self, loss: Loss) -> Result<(), InverseError> {
        let mut left = self.held();
        left.extend(self.standing_before());
        left.extend(self.needed_by_what_stays());
        if loss == Loss::LeftOut {
            left.extend(self.losing()?);
        }
        loop {
            let more: BTreeSet<&Key> = self.following(&left).filter(|key| !left.contains_key(key)).collect();
            if more.is_empty() {
                break;
            }
            left.extend(more.into_iter().map(|key| (key, "it needs what stays as it is".to_owned())));
        }
        for (key, because) in left {
            self.creates.remove(key);
            self.alters.remove(key);
            self.drops.remove(key);
            self.notes.add(key, Verdict::Impossible, because);
        }
        Ok(())
    }

    /// What cannot be dropped by itself because a part of another kind holds it: an index of a partitioned table, by the
    /// key of a partition.
    fn held(&self) -> Reasons<'s> {
        let held = |key: &Key| {
            let mut parts = self.ties_after.of(key);
            !holds_rows(key) && parts.any(|(part, tie)| tie == Tie::Partition && part.kind != key.kind)
        };
        let alone = self.drops.iter().copied().filter(|key| self.dropped_with(key).is_none());
        alone.filter(|key| held(key)).map(|key| (key, "the key of a partition is a part of it".to_owned())).collect()
    }

    /// What holds rows and is not the change's own: it stood before under another name, and no rename gives that back.
    fn standing_before(&self) -> Reasons<'s> {
        if !self.before.volatile.is_of_the_same_database(&self.after.volatile) {
            return Reasons::new();
        }
        let stood = |address: &Address| self.before.volatile.addresses.contains_key(address);
        let new = holding(self.after).filter(|(address, key)| !self.before.objects.contains_key(key) && stood(address));
        let dropped = new.filter_map(|(_, key)| self.drops.get(key).copied());
        dropped.map(|key| (key, "it stood before the change under another name".to_owned())).collect()
    }

    /// What would have to be dropped and made again, and something that holds rows needs it.
    fn needed_by_what_stays(&self) -> Reasons<'s> {
        let needed = self.kept.iter().flat_map(|by| self.ties_after.on(by).map(move |(on, tie)| (*by, on, tie)));
        let dropped = needed.filter(|(_, on, tie)| *tie == Tie::Normal && self.drops.contains(on));
        dropped
            .map(|(by, on, _)| (on, format!("it would have to be dropped and made again, and {by} needs it")))
            .collect()
    }

    /// What would lose rows or values by itself.
    fn losing(&self) -> Result<Reasons<'s>, InverseError> {
        let mut losing = Reasons::new();
        for key in self.drops.iter().copied().filter(|key| !self.is_guarded_by_its_table(key)) {
            let Some(subject) = Subject::find(self.after, key) else { continue };
            if !kind_of(key)?.guards(subject).is_empty() {
                losing.insert(key, "left out: what it holds would be lost".to_owned());
            }
        }
        for (key, ddl) in &self.alters {
            if let Some(values) = &ddl.loses {
                losing.insert(key, format!("left out: {values}"));
            }
        }
        Ok(losing)
    }

    /// What cannot be done either, once these are left out.
    fn following<'p>(&'p self, left: &'p Reasons<'s>) -> impl Iterator<Item = &'s Key> + 'p {
        // A partition of a table that stays; what lies in what is not made, or needs it.
        let part = |key: &Key| {
            self.ties_before.on(key).any(|(on, tie)| {
                let beside = tie != Tie::Normal && self.before.parent(key) != Some(on);
                left.contains_key(on) || (beside && self.stays.contains(on))
            })
        };
        // What is needed by something that stays, and what would go along with it.
        let needed = |key: &Key| {
            self.ties_after.of(key).any(|(by, _)| left.contains_key(by)) || left.contains_key(self.dropped_at_last(key))
        };
        // A name that is not free.
        let name = |snapshot: &Snapshot, key: &Key| {
            Subject::find(snapshot, key).and_then(|it| kinds::find(&key.kind)?.takes(it))
        };
        let names: BTreeSet<_> =
            left.keys().filter(|key| self.drops.contains(*key)).filter_map(|key| name(self.after, key)).collect();
        let taken = move |key: &Key| {
            let again = self.drops.contains(key) && !left.contains_key(key);
            !again && name(self.before, key).is_some_and(|name| names.contains(&name))
        };
        let made = self.creates.iter().copied().filter(move |key| part(key) || taken(key));
        // What stands beside something that needs it: a column of a key that stays.
        let beside = |key: &Key| {
            let stays = |by: &Key| left.contains_key(by) && self.drops.contains(by);
            self.ties_after.of(key).any(|(by, _)| stays(by) && self.after.parent(by) == self.after.parent(key))
        };
        let altered = self.alters.keys().copied().filter(move |key| part(key) || beside(key));
        made.chain(altered).chain(self.drops.iter().copied().filter(move |key| needed(key)))
    }
}
