//! Renamed objects are found by their oids: to a delta they are one dropped and one created, but undoing a rename by
//! dropping would lose rows. What bears an old name by now gets out of its way first.

use std::collections::{BTreeMap, BTreeSet};

use super::respell::{Words, with_names};
use crate::base::quote_ident;
use crate::catalog::ddl::Subject;
use crate::catalog::{Key, Object, Snapshot, kinds};

/// The statements that give old names back, and the snapshot after they ran.
pub struct Renamed {
    pub statements: Vec<String>,
    /// Old key and new key of each object that got another one.
    pub pairs: Vec<(Key, Key)>,
    pub snapshot: Snapshot,
    /// The key in that snapshot, and the one that stands, of all that get another one.
    stood: BTreeMap<Key, Key>,
}

impl Renamed {
    /// The key that stands: before any of the statements ran.
    pub fn standing<'k>(&'k self, key: &'k Key) -> &'k Key {
        self.stood.get(key).unwrap_or(key)
    }
}

/// Undoes the renames between two snapshots of one database.
pub fn undo(before: &Snapshot, after: &Snapshot) -> Renamed {
    // In two databases the same oids mean different things.
    let same = before.volatile.is_of_the_same_database(&after.volatile);
    let found = if same { pairs(before, after) } else { Vec::new() };
    if found.is_empty() {
        let (statements, pairs, stood) = (Vec::new(), Vec::new(), BTreeMap::new());
        return Renamed { statements, pairs, snapshot: after.clone(), stood };
    }
    let cleared = give(before, after, in_the_way(before, after, &found));
    let mut renamed = give(before, &cleared.snapshot, pairs(before, &cleared.snapshot));
    renamed.statements.splice(0..0, cleared.statements.iter().cloned());
    for (_, new) in &mut renamed.pairs {
        *new = cleared.standing(new).clone();
    }
    for stood in renamed.stood.values_mut() {
        *stood = cleared.standing(stood).clone();
    }
    for (key, stood) in cleared.stood {
        if renamed.snapshot.objects.contains_key(&key) {
            renamed.stood.entry(key).or_insert(stood);
        }
    }
    renamed
}

/// Old key and new key of each object that stands under another key.
fn pairs(before: &Snapshot, after: &Snapshot) -> Vec<(Key, Key)> {
    let new: BTreeMap<_, &Key> = after.own_addresses().into_iter().map(|(key, address)| (address, key)).collect();
    let old = before.own_addresses().into_iter();
    let same = old.filter_map(|(key, address)| Some((key, *new.get(address)?)));
    let other = same.filter(|(old, new)| old != new && old.kind == new.kind);
    other.map(|(old, new)| (old.clone(), new.clone())).collect()
}

/// What bears a name that has to be free, as it will be called meanwhile and as it is called.
fn in_the_way(before: &Snapshot, after: &Snapshot, pairs: &[(Key, Key)]) -> Vec<(Key, Key)> {
    let new_of: BTreeMap<&Key, &Key> = pairs.iter().map(|(old, new)| (old, new)).collect();
    let words = Words::of(after, pairs);
    let takes = |snapshot: &Snapshot, key: &Key| {
        Subject::find(snapshot, key).and_then(|subject| kinds::find(&key.kind)?.takes(subject))
    };
    let mut bearers: BTreeMap<Key, Vec<&Key>> = BTreeMap::new();
    let mut by_name: BTreeMap<(String, String), Vec<&Key>> = BTreeMap::new();
    for key in after.objects.keys() {
        bearers.entry(key.under(&words.of_last(key))).or_default().push(key);
        if let Some(name) = takes(after, key) {
            by_name.entry(name).or_default().push(key);
        }
    }
    let mut found = BTreeSet::new();
    for (old, new) in pairs {
        // Its place, in the names that its surroundings have now.
        let outer = before.ancestors(old).last().and_then(|outer| new_of.get(*outer));
        let schema = outer.map_or(old.schema(), |outer| outer.name());
        let wanted = match old.path.len() {
            0 | 1 => old.clone(),
            2 => Key { kind: old.kind.clone(), path: old.path.with(0, schema) },
            _ => new.under(old.name()),
        };
        if wanted == new.under(&words.of_last(new)) {
            continue;
        }
        let beside = takes(before, old).and_then(|(_, name)| by_name.get(&(schema.to_owned(), name)));
        let others = bearers.get(&wanted).into_iter().chain(beside).flatten().copied();
        found.extend(others.filter(|other| *other != new));
    }
    named_otherwise(before, after, &found)
}

/// Each of these with a name that nothing bears.
fn named_otherwise(before: &Snapshot, after: &Snapshot, found: &BTreeSet<&Key>) -> Vec<(Key, Key)> {
    let names: BTreeSet<&str> = after.objects.keys().chain(before.objects.keys()).map(Key::name).collect();
    let mut free = (1..).map(|number| format!("pgwarrant_{number}")).filter(|name| !names.contains(name.as_str()));
    let mut by_name: BTreeMap<&str, String> = BTreeMap::new();
    for key in found {
        // Parts of the same name keep one: a column of partitions is renamed with that of their table.
        by_name.entry(key.name()).or_insert_with(|| free.next().unwrap_or_default());
    }
    let other = |key: &Key| by_name.get(key.name()).filter(|_| found.contains(key)).and_then(|name| key.renamed(name));
    let mut moved = Vec::new();
    for key in found.iter().copied() {
        let Some(mut to) = other(key) else { continue };
        for outer in after.ancestors(key) {
            if let Some(outer_to) = other(outer) {
                to.path = to.path.with(outer.path.len().saturating_sub(1), outer_to.name());
            }
        }
        moved.push((to, key.clone()));
    }
    moved
}

/// Gives each the first key of its pair, where there is a way.
fn give(before: &Snapshot, after: &Snapshot, mut pairs: Vec<(Key, Key)>) -> Renamed {
    // Outer names first: an inner statement then uses the outer's new name.
    pairs.sort_by_key(|(old, _)| (old.path.len(), kinds::rank(&old.kind), old.clone()));
    let (mut words, mut kept, mut statements) = (Words::new(after), Vec::new(), Vec::new());
    let given: BTreeMap<&Key, &Key> = pairs.iter().map(|(old, new)| (new, old)).collect();
    for (old, new) in &pairs {
        if let Some(more) = steps(before, after, (old, new), &given, &words) {
            words.add(after, old, new);
            statements.extend(more);
            kept.push((old.clone(), new.clone()));
        }
    }
    let (snapshot, stood) = with_names(before, after, &kept, &words);
    Renamed { statements, pairs: kept, snapshot, stood }
}

/// The statements for one object; none where an outer rename brings the name. None if there is no way.
fn steps(
    before: &Snapshot,
    after: &Snapshot,
    (old, new): (&Key, &Key),
    given: &BTreeMap<&Key, &Key>,
    words: &Words<'_>,
) -> Option<Vec<String>> {
    let kind = kinds::find(&old.kind)?;
    let is = after.objects.get(new)?;
    let own = old.path.len().checked_sub(1)?;
    let place = |parent: &Option<Key>| parent.as_ref().map(|parent| *given.get(parent).unwrap_or(&parent)).cloned();
    let parent = before.objects.get(old).map_or_else(|| place(&is.parent), |was| was.parent.clone());
    // As it is called once what it lies in has its name.
    let mut current = Key { kind: old.kind.clone(), path: old.path.with(own, &words.of_last(new)) };
    let mut object = Object { parent: parent.clone(), ..is.clone() };
    let mut statements = Vec::new();
    let moved = parent != place(&is.parent);
    let in_schema = own == 1 && parent.as_ref().is_some_and(|parent| before.parent(parent).is_none());
    if moved && !in_schema {
        return None;
    }
    if moved || (kind.has_own_schema() && words.of_name(new.schema()) != old.schema()) {
        current.path = current.path.with(0, words.of_name(new.schema()));
        object.parent = if moved { place(&is.parent) } else { object.parent };
        // What belongs to a column goes with its table.
        let goes_along = ["owned_by", "identity_of"].iter().any(|fact| is.facts.contains_key(fact));
        if !(moved && goes_along) {
            let subject = Subject { key: &current, object: &object, snapshot: after };
            let schema = quote_ident(old.schema());
            statements.push(format!("ALTER {} {} SET SCHEMA {schema}", kind.word(), kind.named(subject)));
        }
        current.path = current.path.with(0, old.schema());
        object.parent.clone_from(&parent);
    }
    if old.path[own] != current.path[own] {
        let subject = Subject { key: &current, object: &object, snapshot: after };
        if !kind.renamed_with_parent(subject) {
            statements.push(kind.rename(subject, old.name())?);
        }
    }
    Some(statements)
}
