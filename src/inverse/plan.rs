//! What has to be dropped, altered and made to undo a delta.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::{FxHashMap, FxHashSet};

use super::calls::Paths;
use super::graph::Ties;
use super::loose::Loose;
use super::rename::{self, Renamed};
use super::{Inverse, InverseError, Loss, Part, Verdict};
use crate::base::both;
use crate::catalog::attributes;
use crate::catalog::ddl::{Alter, Ddl, Guard, Statements, Subject};
use crate::catalog::{Address, Grant, Key, Kind, Object, Snapshot, Tie, kinds};
use crate::delta::{Delta, Differing, Form, are_all, differing};

impl Inverse {
    /// The inverse of a delta, from the two snapshots it lies between.
    ///
    /// Where the verdict is not exact, the statements still undo everything that can be undone.
    pub fn of(delta: &Delta, before: &Snapshot, after: &Snapshot) -> Result<Self, InverseError> {
        Self::back(before, after, Loss::Allowed, |between| are_all(&delta.changes, between))
    }

    /// The statements that lead from one snapshot to another, which need not be of one database.
    pub fn way(from: &Snapshot, to: &Snapshot, loss: Loss) -> Result<Self, InverseError> {
        // The way there is the way back from there.
        Self::back(to, from, loss, |_| true)
    }

    fn back(
        before: &Snapshot,
        after: &Snapshot,
        loss: Loss,
        is_meant: impl FnOnce(&[Differing<'_>]) -> bool + Send,
    ) -> Result<Self, InverseError> {
        both(|| before.objects.prepare(), || after.objects.prepare());
        let undo = || {
            let renamed = rename::undo(before, after);
            renamed.snapshot.objects.prepare();
            renamed
        };
        let (renamed, between) = both(undo, || {
            let between = differing(before, after);
            is_meant(&between).then_some(between)
        });
        let Some(between) = between else { return Err(InverseError::OtherDelta) };
        let between = &*between;
        let (mut loose, mut again) = (Loose::default(), BTreeSet::new());
        loop {
            let left = loose.between(before, &renamed.snapshot);
            let standing = if renamed.pairs.is_empty() && loose.is_empty() {
                Cow::Borrowed(between)
            } else {
                Cow::Owned(differing(&left.before, &left.after))
            };
            let mut plan = Plan::new(&left.before, &left.after, &standing, &again, loss)?;
            let mut notes = plan.notes.clone();
            // What gets its old place needs it.
            let places = renamed.pairs.iter().filter_map(|(old, _)| before.parent(old)).collect();
            let mut statements = plan.write_places(&places, &mut notes)?;
            statements.extend(renamed.statements.iter().cloned());
            for (key, ddl) in &left.first {
                notes.take(key, ddl);
                statements.extend(ddl.statements.iter().cloned());
            }
            let written = plan.write(&mut notes);
            let known = again.len();
            again.extend(plan.again.iter().map(|key| (*key).clone()));
            if loose.take(&plan.tied) || again.len() > known {
                continue;
            }
            statements.extend(written?);
            for (key, ddl) in &left.last {
                notes.take(key, ddl);
                statements.extend(ddl.statements.iter().cloned());
            }
            // What is looked at before the first statement is looked at under the name that it bears then.
            let mut guards = plan.guards(|key| Subject::find(after, renamed.standing(key)))?;
            for key in &left.without {
                notes.add(key, Verdict::Lossy, "its default needs what needs it, and comes last: rows do not get it");
            }
            let empty = left.empty.iter().map(|key| renamed.standing(key).sql());
            guards.extend(empty.map(|table| Guard::TableEmpty { table }));
            return Ok(Self::with_parts(between, &renamed, statements, &notes, guards));
        }
    }

    fn with_parts(
        between: &[Differing<'_>],
        renamed: &Renamed,
        statements: Vec<String>,
        notes: &Notes,
        guards: Vec<Guard>,
    ) -> Self {
        let (old, new): (FxHashSet<&Key>, FxHashSet<&Key>) = renamed.pairs.iter().map(|(old, new)| (old, new)).unzip();
        let told = |key| if old.contains(key) { key } else { renamed.standing(key) };
        let notes: FxHashMap<&Key, _> = notes.0.iter().map(|(key, note)| (told(key), note)).collect();
        // A renamed object is one part, under its old name; what has other names only meanwhile bears its own.
        let between = between.iter().map(|one| one.key).filter(|key| !new.contains(key) || old.contains(key));
        let mut keys: Vec<&Key> = between.chain(old.iter().copied()).chain(notes.keys().copied()).collect();
        // Most are in order: a sort that sees it.
        keys.sort();
        keys.dedup();
        let parts: Vec<Part> = keys
            .into_iter()
            .map(|key| {
                let (verdict, because) = match notes.get(key) {
                    Some((verdict, because)) => {
                        (*verdict, Some(because.iter().cloned().collect::<Vec<_>>().join("; ")))
                    }
                    None => (Verdict::Exact, None),
                };
                Part { key: key.clone(), name: key.to_string(), verdict, because }
            })
            .collect();
        let verdict = parts.iter().map(|part| part.verdict).max().unwrap_or(Verdict::Exact);
        Self { statements, verdict, parts, guards }
    }
}

/// What is not exact, by object.
#[derive(Clone, Default)]
pub(super) struct Notes(BTreeMap<Key, (Verdict, BTreeSet<String>)>);

impl Notes {
    pub(super) fn add(&mut self, key: &Key, verdict: Verdict, because: impl Into<String>) {
        let note = self.0.entry(key.clone()).or_insert((verdict, BTreeSet::new()));
        note.0 = note.0.max(verdict);
        note.1.insert(because.into());
    }

    pub(super) fn take(&mut self, key: &Key, ddl: &Ddl) {
        for because in &ddl.lossy {
            self.add(key, Verdict::Lossy, because);
        }
        for because in ddl.impossible.iter().chain(&ddl.kept) {
            self.add(key, Verdict::Impossible, because);
        }
    }
}

/// Its sets and maps are for asking; where they are walked, order is made.
pub(super) struct Plan<'s> {
    pub(super) before: &'s Snapshot,
    pub(super) after: &'s Snapshot,
    pub(super) ties_before: Ties<'s>,
    pub(super) ties_after: Ties<'s>,
    pub(super) drops: FxHashSet<&'s Key>,
    pub(super) creates: FxHashSet<&'s Key>,
    /// What is made by the statement of another, and of which; the other way round, all that each makes.
    pub(super) made_with: FxHashMap<&'s Key, &'s Key>,
    pub(super) makes: FxHashMap<&'s Key, Vec<&'s Key>>,
    pub(super) alters: FxHashMap<&'s Key, Ddl>,
    /// What would go with another, but has to be dropped by itself: foreign keys that go round in a circle.
    pub(super) apart: FxHashSet<&'s Key>,
    pub(super) paths: Paths<'s>,
    /// What becomes a part of another only at the end.
    pub(super) late: FxHashSet<&'s Key>,
    /// What holds rows and cannot become what it was.
    pub(super) stays: FxHashSet<&'s Key>,
    /// Of that, what would have to go because it needs something that is dropped.
    pub(super) kept: FxHashSet<&'s Key>,
    /// What could be undone if a part of it were set by itself.
    pub(super) tied: BTreeSet<&'s Key>,
    /// What could be undone if it were dropped and made again, instead of altered.
    pub(super) again: BTreeSet<&'s Key>,
    pub(super) notes: Notes,
}

impl<'s> Plan<'s> {
    fn new(
        before: &'s Snapshot,
        after: &'s Snapshot,
        left: &[Differing<'s>],
        again: &BTreeSet<Key>,
        loss: Loss,
    ) -> Result<Self, InverseError> {
        let (ties_before, ties_after) = both(|| Ties::new(before), || Ties::new(after));
        let mut plan = Self {
            before,
            after,
            ties_before,
            ties_after,
            drops: FxHashSet::default(),
            creates: FxHashSet::default(),
            made_with: FxHashMap::default(),
            makes: FxHashMap::default(),
            alters: FxHashMap::default(),
            apart: FxHashSet::default(),
            paths: Paths::default(),
            late: FxHashSet::default(),
            stays: FxHashSet::default(),
            kept: FxHashSet::default(),
            tied: BTreeSet::new(),
            again: BTreeSet::new(),
            notes: Notes::default(),
        };
        let again = again.iter().filter_map(|key| before.objects.get_key_value(key));
        let mut again: Vec<(&Key, bool)> = again.map(|(key, _)| (key, true)).collect();
        for one in left {
            match (one.form, one.was, one.is) {
                (Form::Created, ..) => _ = plan.drops.insert(one.key),
                (Form::Dropped, ..) => _ = plan.creates.insert(one.key),
                (Form::Altered, Some(to), Some(from)) => plan.alter(one, (from, to), &mut again)?,
                (Form::Altered, ..) => {}
            }
        }
        plan.note_what_was_made_anew();
        plan.note_what_was_moved();
        plan.make_again(again)?;
        plan.make_again_what_goes_along()?;
        plan.leave_out(loss)?;
        plan.see_what_is_made_with_another()?;
        Ok(plan)
    }

    /// What bears the name and the form of something that was dropped: the rows are gone.
    fn note_what_was_made_anew(&mut self) {
        if !self.before.volatile.is_of_the_same_database(&self.after.volatile) {
            return;
        }
        let there = &self.after.volatile.addresses;
        let anew = holding(self.before).filter(|(address, key)| there.get(address) != Some(key));
        let anew: FxHashSet<&Key> =
            anew.map(|(_, key)| key).filter(|key| self.after.objects.contains_key(key)).collect();
        let stored = |key: &Key| {
            let parent = self.before.parent(key).filter(|parent| self.before.parent(parent).is_some());
            let facts = self.before.objects.get(key).map(|object| &object.facts);
            parent.is_none_or(|parent| holds_rows(parent) && !anew.contains(parent))
                && facts.is_some_and(|facts| !facts.contains_key("generated") && !facts.contains_key("partition_by"))
        };
        for key in anew.iter().filter(|key| stored(key)) {
            self.notes.add(key, Verdict::Lossy, "the change dropped it and made it anew: what it held does not return");
        }
    }

    /// Where a sequence stands is not undone: going back could give a value twice.
    fn note_what_was_moved(&mut self) {
        let (before, after) = (&self.before.volatile, &self.after.volatile);
        if !before.is_of_the_same_database(after) {
            return;
        }
        let known: BTreeSet<&Key> = before.last_values.keys().chain(after.last_values.keys()).collect();
        let stands = |key: &Key| [self.before, self.after].iter().all(|side| side.objects.contains_key(key));
        for key in known.into_iter().filter(|key| stands(key)) {
            match (before.last_values.get(key), after.last_values.get(key)) {
                (was, is) if was == is => {}
                (_, Some(is)) => {
                    self.notes.add(key, Verdict::Lossy, format!("the change moved it, and it goes on after {is}"));
                }
                (_, None) => self.notes.add(key, Verdict::Lossy, "the change set it back, and it stays there"),
            }
        }
    }

    /// What stood before and goes when something new is dropped has to be made again: an index that a new partitioned
    /// index took over.
    fn make_again_what_goes_along(&mut self) -> Result<(), InverseError> {
        loop {
            let along: Vec<(&'s Key, bool)> = self
                .before
                .objects
                .keys()
                .filter(|key| !self.drops.contains(*key))
                .filter(|key| {
                    // What is altered may be freed by that; a part of a partitioned whole is not.
                    let altered = self.alters.contains_key(*key);
                    let goes = |tie| tie == Tie::Partition || (tie != Tie::Normal && !altered);
                    self.ties_after.on(key).any(|(on, tie)| goes(tie) && self.drops.contains(on))
                })
                .map(|key| (key, true))
                .collect();
            if along.is_empty() {
                return Ok(());
            }
            let (known, noted) = (self.drops.len(), self.notes.0.len());
            self.make_again(along)?;
            if (self.drops.len(), self.notes.0.len()) == (known, noted) {
                return Ok(());
            }
        }
    }

    fn alter(
        &mut self,
        one: &Differing<'s>,
        (from, to): (&'s Object, &'s Object),
        again: &mut Vec<(&'s Key, bool)>,
    ) -> Result<(), InverseError> {
        let kind = kind_of(one.key)?;
        let from = Subject { key: one.key, object: from, snapshot: self.after };
        let to = Subject { key: one.key, object: to, snapshot: self.before };
        let facts = one.names().into_iter().filter(|name| !attributes::COMMON.contains(name));
        let facts: BTreeSet<String> = facts.map(str::to_owned).collect();
        let mut ddl = if facts.is_empty() { Ddl::default() } else { kind.alter(Alter { from, to, facts: &facts }) };
        // A comment on a part that the kind does not write back.
        let commented = |ddl: &Ddl| ddl.statements.iter().any(|statement| statement.starts_with("COMMENT ON"));
        if facts.iter().any(|fact| fact.starts_with("comment_in_")) && !ddl.recreate && !commented(&ddl) {
            ddl.impossible.push("the comment on a part of it is not written back".to_owned());
        }
        if ddl.recreate {
            again.push((to.key, true));
            return Ok(());
        }
        if ddl.disturbs {
            again.push((to.key, false));
        }
        let standing = ddl.again.iter().filter(|key| self.after.objects.contains_key(key));
        again.extend(standing.filter_map(|key| Some((self.before.objects.get_key_value(key)?.0, true))));
        if !ddl.impossible.is_empty() && kind.holds_rows() {
            self.stays.insert(to.key);
        }
        Self::set_attributes(&mut ddl, kind, from, to);
        self.alters.insert(to.key, ddl);
        Ok(())
    }

    /// Owner, privileges and comment of an object that stays.
    fn set_attributes(ddl: &mut Ddl, kind: &dyn Kind, from: Subject<'_>, to: Subject<'_>) {
        let (old, new) = (owner(from), owner(to));
        if from.object.owner != to.object.owner
            && let Some(owner) = &to.object.owner
            && kind.made_by(to).is_none()
        {
            if kind.owner_can_be_set() {
                ddl.add(attributes::owner(kind, to, owner));
            } else {
                ddl.impossible.push(format!("{owner} owned it, and no statement gives it back"));
            }
        }
        // The new owner stands wherever the old one stood.
        let handed_over: Option<Vec<Grant>> = from.object.acl.as_ref().map(|acl| {
            let name = |role: &String| if *role == old { new.clone() } else { role.clone() };
            acl.iter()
                .map(|grant| Grant { grantee: name(&grant.grantee), grantor: name(&grant.grantor), ..grant.clone() })
                .collect()
        });
        let privileges = attributes::privileges(kind, to, &new, handed_over.as_deref(), to.object.acl.as_deref());
        ddl.statements.extend(privileges.statements);
        ddl.lossy.extend(privileges.lossy);
        ddl.impossible.extend(privileges.impossible);
        if from.object.comment != to.object.comment {
            ddl.add(attributes::comment(kind, to, to.object.comment.as_deref()));
        }
        ddl.statements.extend(attributes::marks(kind, Some(from), to).statements);
    }

    /// Drops objects and makes them again, and with them what depends on them; with `false`, only what depends.
    fn make_again(&mut self, mut left: Vec<(&'s Key, bool)>) -> Result<(), InverseError> {
        let mut seen = FxHashSet::default();
        while let Some((key, itself)) = left.pop() {
            if !seen.insert((key, itself)) {
                continue;
            }
            if itself {
                if kind_of(key)?.holds_rows() {
                    self.notes.add(
                        key,
                        Verdict::Impossible,
                        "it would have to be dropped and made again, and it holds rows",
                    );
                    self.stays.insert(key);
                    self.kept.insert(key);
                    continue;
                }
                self.alters.remove(key);
                self.drops.insert(key);
                self.creates.insert(key);
            }
            let dependents: Vec<(&Key, Tie)> = self.ties_after.of(key).collect();
            for (dependent, tie) in dependents {
                let Some((dependent, object)) = self.before.objects.get_key_value(dependent) else { continue };
                let kind = kind_of(dependent)?;
                let subject = Subject { key: dependent, object, snapshot: self.before };
                let made = kind.made_by(subject);
                let disturbed = |key: &Key| self.alters.get(key).is_some_and(|ddl| ddl.disturbs);
                let columns = self.ties_after.on(dependent).filter(|(on, _)| disturbed(on)).count();
                let carried = !itself
                    && (kind.carried_along(subject, columns)
                        || kind.holds_rows()
                        || (tie != Tie::Normal && columns < 2));
                if carried || made.as_ref() == Some(key) && !itself {
                    continue;
                }
                if made.as_ref() != Some(key) && kind.holds_rows() && self.is_tied_by_a_part(dependent, key) {
                    self.tied.insert(dependent);
                    continue;
                }
                if made.as_ref() == Some(key) {
                    self.alters.remove(dependent);
                    self.drops.extend(self.after.objects.get_key_value(dependent).map(|(key, _)| key));
                    self.creates.insert(dependent);
                } else {
                    left.push((dependent, true));
                    continue;
                }
                // What hangs on a part hangs on the whole.
                let more: Vec<&Key> = self.ties_after.of(dependent).map(|(key, _)| key).collect();
                for hanging in more {
                    if let Some((hanging, object)) = self.before.objects.get_key_value(hanging) {
                        let subject = Subject { key: hanging, object, snapshot: self.before };
                        if kind_of(hanging)?.made_by(subject).as_ref() != Some(key) && hanging != key {
                            left.push((hanging, true));
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// What is dropped without being named: it goes with another that is dropped.
    pub(super) fn dropped_with(&self, key: &Key) -> Option<&'s Key> {
        if self.apart.contains(key) {
            return None;
        }
        let goes = |on: &Key, tie| tie != Tie::Normal && self.drops.contains(on) && !self.outlives(key, tie);
        let mut with = self.ties_after.on(key).filter(|(on, tie)| goes(on, *tie)).map(|(on, _)| on).peekable();
        // Rather with what it lies in than with its like in another table.
        let (first, parent) = (with.peek().copied(), self.after.parent(key));
        with.find(|on| parent == Some(*on)).or(first)
    }

    /// Whether it goes with the whole that it is a part of, although it was taken apart.
    pub(super) fn goes_with_its_whole(&self, key: &Key) -> bool {
        let whole = |on: &Key, tie| tie == Tie::Partition && self.drops.contains(on) && !self.outlives(key, tie);
        self.apart.contains(key) && self.ties_after.on(key).any(|(on, tie)| whole(on, tie))
    }

    /// A part of a partitioned whole that is none any more once its table is detached.
    fn outlives(&self, key: &Key, tie: Tie) -> bool {
        let detached = |table: &Key| self.alters.get(table).is_some_and(|ddl| ddl.detaches);
        let stays = || {
            let part = Subject::find(self.after, key).zip(kinds::find(&key.kind));
            part.is_some_and(|(subject, kind)| kind.outlives_detaching(subject))
        };
        tie == Tie::Partition && self.after.parent(key).is_some_and(detached) && stays()
    }

    /// A column of a table that goes is guarded by its table.
    pub(super) fn is_guarded_by_its_table(&self, key: &Key) -> bool {
        self.after
            .parent(key)
            .is_some_and(|parent| self.drops.contains(parent) && self.ties_after.tie(key, parent) != Some(Tie::Normal))
    }

    fn see_what_is_made_with_another(&mut self) -> Result<(), InverseError> {
        for key in &self.creates {
            let Some(subject) = Subject::find(self.before, key) else { continue };
            let by = kind_of(key)?.made_by(subject);
            if let Some(by) = by.and_then(|by| self.creates.get(&by).copied()) {
                self.made_with.insert(key, by);
                self.makes.entry(by).or_default().push(key);
            }
        }
        for made in self.makes.values_mut() {
            made.sort_unstable();
        }
        Ok(())
    }
}

pub(super) fn kind_of(key: &Key) -> Result<&'static dyn Kind, InverseError> {
    kinds::find(&key.kind).ok_or_else(|| InverseError::Kind { kind: key.kind.to_string() })
}

pub(super) fn holds_rows(key: &Key) -> bool {
    kinds::find(&key.kind).is_some_and(Statements::holds_rows)
}

/// What holds rows, with its own address.
pub(super) fn holding(snapshot: &Snapshot) -> impl Iterator<Item = (&Address, &Key)> {
    let own = |address: &Address, key: &Key| {
        kinds::find(&key.kind).is_some_and(|kind| kind.holds_rows() && kind.catalog() == address.class)
    };
    snapshot.volatile.addresses.iter().filter(move |(address, key)| own(address, key))
}

/// The owner of an object, or of what it lies in.
pub(super) fn owner(subject: Subject<'_>) -> String {
    let own = subject.object.owner.clone();
    let outer = || {
        subject
            .snapshot
            .ancestors(subject.key)
            .into_iter()
            .find_map(|key| subject.snapshot.objects.get(key)?.owner.clone())
    };
    own.or_else(outer).unwrap_or_default()
}
