//! Renamed objects are found by their oids: to a delta they are one dropped and one created, but undoing a rename by
//! dropping would lose rows. What bears an old name by now gets out of its way first.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::{FxHashMap, FxHashSet};

use super::respell::{Words, with_names};
use crate::base::quote_ident;
use crate::catalog::ddl::Subject;
use crate::catalog::{Key, Object, Snapshot, kinds};

/// What every name for meanwhile begins with.
const MEANWHILE: &str = "pgwarrant_";

/// The statements that give old names back, and the snapshot after they ran.
pub struct Renamed<'s> {
    pub statements: Vec<String>,
    /// Old key and new key of each object that got another one.
    pub pairs: Vec<(Key, Key)>,
    pub snapshot: Cow<'s, Snapshot>,
    /// The key in that snapshot, and the one that stands, of all that get another one.
    stood: FxHashMap<Key, Key>,
}

impl Renamed<'_> {
    /// The key that stands: before any of the statements ran.
    pub fn standing<'k>(&'k self, key: &'k Key) -> &'k Key {
        self.stood.get(key).unwrap_or(key)
    }
}

/// Undoes the renames between two snapshots of one database.
pub fn undo<'s>(before: &Snapshot, after: &'s Snapshot) -> Renamed<'s> {
    // In two databases the same oids mean different things.
    let same = before.volatile.is_of_the_same_database(&after.volatile);
    let mut found = if same { pairs(before, after) } else { Vec::new() };
    if found.is_empty() {
        let (statements, pairs, stood) = (Vec::new(), Vec::new(), FxHashMap::default());
        return Renamed { statements, pairs, snapshot: Cow::Borrowed(after), stood };
    }
    let in_the_way = loop {
        let others = in_the_way(before, after, &found);
        let stuck = stuck(after, &others);
        let known = found.len();
        found.retain(|(old, new)| !stuck.contains(&new.under(old.name())));
        if found.len() == known {
            break others;
        }
    };
    if in_the_way.is_empty() {
        return give(before, after, found);
    }
    let cleared = give(before, after, in_the_way);
    let now: FxHashMap<&Key, &Key> = cleared.stood.iter().map(|(key, stood)| (stood, key)).collect();
    for (_, new) in &mut found {
        if let Some(key) = now.get(new) {
            *new = (*key).clone();
        }
    }
    found.retain(|(old, new)| old != new);
    let renamed = give(before, &cleared.snapshot, found);
    let first = |key: Key| cleared.stood.get(&key).cloned().unwrap_or(key);
    let mut stood: FxHashMap<Key, Key> = renamed.stood.into_iter().map(|(key, stood)| (key, first(stood))).collect();
    for (key, is) in &cleared.stood {
        if renamed.snapshot.objects.contains_key(key) {
            stood.entry(key.clone()).or_insert_with(|| is.clone());
        }
    }
    Renamed {
        statements: [cleared.statements, renamed.statements].concat(),
        pairs: renamed.pairs.into_iter().map(|(old, new)| (old, first(new))).collect(),
        snapshot: Cow::Owned(renamed.snapshot.into_owned()),
        stood,
    }
}

/// Old key and new key of each object that stands under another key.
fn pairs(before: &Snapshot, after: &Snapshot) -> Vec<(Key, Key)> {
    let mut there = after.volatile.addresses.iter().peekable();
    let moved = before.volatile.addresses.iter().filter_map(|(address, old)| {
        while there.next_if(|(other, _)| *other < address).is_some() {}
        let (_, new) = there.next_if(|(other, _)| *other == address)?;
        let moved = old != new && old.kind == new.kind;
        (moved && kinds::find(&old.kind)?.catalog() == address.class).then_some((old, new))
    });
    let mut pairs: Vec<(&Key, &Key)> = moved.collect();
    pairs.sort();
    pairs.dedup_by_key(|(old, _)| *old);
    pairs.into_iter().map(|(old, new)| (old.clone(), new.clone())).collect()
}

/// What bears a name that has to be free, as it will be called meanwhile and as it is called.
fn in_the_way<'p>(before: &'p Snapshot, after: &Snapshot, pairs: &'p [(Key, Key)]) -> Vec<(Key, Key)> {
    let new_of: FxHashMap<&Key, &Key> = pairs.iter().map(|(old, new)| (old, new)).collect();
    let words = Words::of(after, pairs);
    // Their schemas, and what they are to be called, in the names that their surroundings have now.
    let schemas_stay = pairs.iter().all(|(old, _)| old.path.len() > 1);
    let wanted = |(old, new): &'p (Key, Key)| {
        // What only lies in what is renamed needs no name.
        if schemas_stay && old.path.len() > 2 && old.schema() == new.schema() && old.name() == words.of_last(new) {
            return None;
        }
        let outer = before.ancestors(old).last().and_then(|outer| new_of.get(*outer).copied());
        let schema = outer.map_or(old.schema(), Key::name);
        let wanted = match old.path.len() {
            0 | 1 => old.clone(),
            2 => Key { kind: old.kind.clone(), path: old.path.with(0, schema) },
            _ => new.under(old.name()),
        };
        // The index of a key goes along to the schema of its table.
        (schema != new.schema() || wanted != new.under(&words.of_last(new))).then_some((old, new, schema, wanted))
    };
    let moves: Vec<_> = pairs.iter().filter_map(wanted).collect();
    let names: FxHashSet<&str> = moves.iter().map(|(old, ..)| old.name()).collect();
    let takes = |snapshot: &Snapshot, key: &Key| {
        Subject::find(snapshot, key).and_then(|subject| kinds::find(&key.kind)?.takes(subject))
    };
    let mut bearers: FxHashMap<Key, Vec<&Key>> = FxHashMap::default();
    let mut by_name: FxHashMap<(String, String), Vec<&Key>> = FxHashMap::default();
    for key in after.objects.keys() {
        let last = words.of_last(key);
        if names.contains(&*last) {
            bearers.entry(key.under(&last)).or_default().push(key);
        }
        if names.contains(key.name())
            && let Some(name) = takes(after, key)
        {
            by_name.entry(name).or_default().push(key);
        }
    }
    let mut found = BTreeSet::new();
    for (old, new, schema, wanted) in &moves {
        let beside = takes(before, old).and_then(|(_, name)| by_name.get(&((*schema).to_owned(), name)));
        let others = bearers.get(wanted).into_iter().chain(beside).flatten().copied();
        found.extend(others.filter(|other| other != new));
    }
    let mut followers: Vec<&Key> = found.iter().copied().collect();
    while let Some(key) = followers.pop() {
        // What came with its like makes room with it.
        let new = leaders(after, key).into_iter().filter(|leader| !before.objects.contains_key(leader));
        followers.extend(new.filter(|leader| found.insert(leader)));
    }
    named_otherwise(before, after, &found)
}

/// What an object is renamed with.
fn leaders<'s>(after: &'s Snapshot, key: &Key) -> Vec<&'s Key> {
    let subject = Subject::find(after, key).zip(kinds::find(&key.kind));
    let likes = subject.map_or_else(Vec::new, |(subject, kind)| kind.inherited_from(subject));
    likes.iter().filter_map(|like| Some(after.objects.get_key_value(like)?.0)).collect()
}

/// What would be renamed with its like in the parent table, which keeps its name, and so stays in the way; or with its likes in
/// several, none of which PostgreSQL renames.
fn stuck(after: &Snapshot, others: &[(Key, Key)]) -> FxHashSet<Key> {
    let moved: FxHashSet<&Key> = others.iter().map(|(_, key)| key).collect();
    let stuck = |key: &&Key| match leaders(after, key)[..] {
        [] => false,
        [leader] => !moved.contains(leader),
        _ => true,
    };
    moved.iter().copied().filter(stuck).cloned().collect()
}

/// Each of these with a name that nothing bears.
fn named_otherwise(before: &Snapshot, after: &Snapshot, found: &BTreeSet<&Key>) -> Vec<(Key, Key)> {
    let names = after.objects.keys().chain(before.objects.keys()).map(Key::name);
    let names: FxHashSet<&str> = names.filter(|name| name.starts_with(MEANWHILE)).collect();
    let mut free = (1..).map(|number| format!("{MEANWHILE}{number}")).filter(|name| !names.contains(name.as_str()));
    let mut by_name: BTreeMap<&str, String> = BTreeMap::new();
    for key in found {
        // Parts of the same name keep one: a column of partitions is renamed with that of their table.
        by_name.entry(key.name()).or_insert_with(|| free.next().unwrap_or_default());
    }
    let other = |key: &Key| by_name.get(key.name()).filter(|_| found.contains(key)).and_then(|name| key.renamed(name));
    let mut moved = Vec::new();
    for key in found.iter().copied() {
        let Some(mut to) = other(key) else { continue };
        // An index lies in its table, and not its path.
        for outer in after.ancestors(key).into_iter().filter(|outer| outer.path.len() < key.path.len()) {
            if let Some(outer_to) = other(outer) {
                to.path = to.path.with(outer.path.len().saturating_sub(1), outer_to.name());
            }
        }
        moved.push((to, key.clone()));
    }
    // The types of a routine's arguments have other names then too.
    if moved.iter().all(|(to, _)| to.routine().is_none()) {
        return moved;
    }
    let words = Words::of(after, &moved);
    moved.iter().map(|(to, key)| (to.under(&words.of_last(to)), key.clone())).collect()
}

/// Gives each the first key of its pair, where there is a way.
fn give<'s>(before: &Snapshot, after: &Snapshot, mut pairs: Vec<(Key, Key)>) -> Renamed<'s> {
    // Outer names first: an inner statement then uses the outer's new name.
    pairs.sort_by_cached_key(|(old, _)| (old.path.len(), kinds::rank(&old.kind)));
    let (mut words, mut kept, mut statements) = (Words::new(after), Vec::new(), Vec::new());
    let given: FxHashMap<&Key, &Key> = pairs.iter().map(|(old, new)| (new, old)).collect();
    for (old, new) in &pairs {
        if let Some(more) = steps(before, after, (old, new), &given, &words) {
            words.add(after, old, new);
            statements.extend(more);
            kept.push((old.clone(), new.clone()));
        }
    }
    let (snapshot, stood) = with_names(before, after, &kept, &words);
    Renamed { statements, pairs: kept, snapshot: Cow::Owned(snapshot), stood }
}

/// The statements for one object; none where an outer rename brings the name. None if there is no way.
fn steps(
    before: &Snapshot,
    after: &Snapshot,
    (old, new): (&Key, &Key),
    given: &FxHashMap<&Key, &Key>,
    words: &Words<'_>,
) -> Option<Vec<String>> {
    let kind = kinds::find(&old.kind)?;
    let is = after.objects.get(new)?;
    let own = old.path.len().checked_sub(1)?;
    let place = is.parent.as_ref().map(|parent| *given.get(parent).unwrap_or(&parent));
    let parent = before.objects.get(old).map_or(place, |was| was.parent.as_ref());
    let (last, moved) = (words.of_last(new), parent != place);
    let in_schema = own == 1 && parent.is_some_and(|parent| before.parent(parent).is_none());
    if moved && !in_schema {
        return None;
    }
    let elsewhere = moved || (kind.has_own_schema() && words.of_name(new.schema()) != old.schema());
    // What lies in a renamed object has its place and its own name already.
    if !elsewhere && old.name() == last {
        return Some(Vec::new());
    }
    // As it is called once what it lies in has its name.
    let mut current = Key { kind: old.kind.clone(), path: old.path.with(own, &last) };
    let mut statements = Vec::new();
    let in_place = |parent: Option<&Key>| Object { parent: parent.cloned(), ..is.clone() };
    if elsewhere {
        current.path = current.path.with(0, words.of_name(new.schema()));
        // What belongs to a column goes with its table.
        let goes_along = ["owned_by", "identity_of"].iter().any(|fact| is.facts.contains_key(fact));
        if !(moved && goes_along) {
            let object = in_place(if moved { place } else { parent });
            let subject = Subject { key: &current, object: &object, snapshot: after };
            let schema = quote_ident(old.schema());
            statements.push(format!("ALTER {} {} SET SCHEMA {schema}", kind.word(), kind.named(subject)));
        }
        current.path = current.path.with(0, old.schema());
    }
    if old.path[own] != current.path[own] {
        let object = in_place(parent);
        let subject = Subject { key: &current, object: &object, snapshot: after };
        if !kind.renamed_with_parent(subject) {
            statements.push(kind.rename(subject, old.name())?);
        }
    }
    Some(statements)
}
