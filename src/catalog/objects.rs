//! All objects of a snapshot, and what is learnt of them once: their fingerprint, and what lies in each. It is forgotten
//! as soon as somebody could change one.
//!
//! Snapshots of one database have nearly all objects in common. They share them: a copy costs no more than its keys, what
//! is shared needs no comparing, and is hashed once.

use std::cmp::Ordering;
use std::collections::{BTreeMap, btree_map};
use std::ops::Index;
use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashMap;
use serde::Serialize;

use super::object::Grant;
use super::{Facts, Key, Object, Path};
use crate::base::{Digest, over_all_cores};

/// How many objects are hashed, or made anew, at a time by one of several threads.
const SHARE: usize = 4_096;

/// Objects by key.
#[derive(Clone, Debug, Default)]
pub struct Objects {
    map: BTreeMap<Key, Arc<Held>>,
    fingerprint: OnceLock<Digest>,
    children: OnceLock<FxHashMap<Key, Vec<Key>>>,
    found: OnceLock<FxHashMap<Key, Arc<Held>>>,
}

/// An object, and the digest of it and of the key under which it always lies.
#[derive(Debug)]
pub(super) struct Held {
    object: Object,
    digest: OnceLock<[u8; 32]>,
}

impl Held {
    pub fn object(&self) -> &Object {
        &self.object
    }

    fn digest(&self, key: &Key) -> &[u8; 32] {
        self.digest.get_or_init(|| {
            Digest::bytes_of(|line| {
                serde_json::to_writer(&mut *line, &(&key.kind, &key.path))?;
                serde_json::to_writer(line, &self.object)
            })
        })
    }
}

impl Clone for Held {
    /// Who copies one wants to change it.
    fn clone(&self) -> Self {
        self.object.clone().into()
    }
}

impl From<Object> for Held {
    fn from(object: Object) -> Self {
        Self { object, digest: OnceLock::new() }
    }
}

impl Objects {
    pub fn get(&self, key: &Key) -> Option<&Object> {
        self.get_key_value(key).map(|(_, object)| object)
    }

    pub fn get_key_value(&self, key: &Key) -> Option<(&Key, &Object)> {
        let found = match self.found.get() {
            Some(found) => found.get_key_value(key),
            None => self.map.get_key_value(key),
        };
        found.map(|(key, held)| (key, &held.object))
    }

    pub fn contains_key(&self, key: &Key) -> bool {
        self.get_key_value(key).is_some()
    }

    /// Who asks for many, and more than once, has them found by their hashes.
    pub fn prepare(&self) {
        self.found.get_or_init(|| self.map.iter().map(|(key, held)| (key.clone(), Arc::clone(held))).collect());
    }

    pub fn len(&self) -> usize {
        self.map.len()
    }

    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        self.map.keys()
    }

    pub fn values(&self) -> impl Iterator<Item = &Object> {
        self.map.values().map(|held| &held.object)
    }

    pub fn iter(&self) -> Iter<'_> {
        self.into_iter()
    }

    /// Those whose keys are no less than this one, in order.
    pub(super) fn from(&self, first: Key) -> impl Iterator<Item = (&Key, &Object)> {
        self.map.range(first..).map(|(key, held)| (key, &held.object))
    }

    pub fn get_mut(&mut self, key: &Key) -> Option<&mut Object> {
        self.map_mut().get_mut(key).map(change)
    }

    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut Object> {
        self.map_mut().values_mut().map(change)
    }

    pub fn remove(&mut self, key: &Key) {
        self.map_mut().remove(key);
    }

    pub fn retain(&mut self, mut stays: impl FnMut(&Key, &Object) -> bool) {
        self.map_mut().retain(|key, held| stays(key, &held.object));
    }

    /// The same objects, but for those that are told to have another key or to say something else; the rest is shared.
    #[must_use]
    pub fn with(&self, other: impl Fn(&Key, &Object) -> Option<(Key, Object)> + Sync) -> Self {
        let held: Vec<(&Key, &Arc<Held>)> = self.map.iter().collect();
        let shares: Vec<&[(&Key, &Arc<Held>)]> = held.chunks(SHARE).collect();
        let made = |(key, held): &(&Key, &Arc<Held>)| match other(key, &held.object) {
            Some((key, object)) => (key, Arc::new(object.into())),
            None => ((*key).clone(), Arc::clone(held)),
        };
        let lists = over_all_cores(
            shares.len(),
            |share| share(),
            |share| shares[share].iter().map(made).collect::<Vec<(Key, Arc<Held>)>>(),
        );
        Self { map: lists.into_iter().flatten().collect(), ..Self::default() }
    }

    pub(super) fn map_mut(&mut self) -> &mut BTreeMap<Key, Arc<Held>> {
        self.fingerprint.take();
        self.children.take();
        self.found.take();
        &mut self.map
    }

    /// What lies directly in an object, in order. Who asks once asks often.
    pub(super) fn children(&self, key: &Key) -> impl Iterator<Item = (&Key, &Object)> {
        let children = self.children.get_or_init(|| {
            let mut children: FxHashMap<Key, Vec<Key>> = FxHashMap::default();
            for (key, object) in self {
                if let Some(parent) = &object.parent {
                    children.entry(parent.clone()).or_default().push(key.clone());
                }
            }
            children
        });
        children.get(key).into_iter().flatten().filter_map(|child| self.get_key_value(child))
    }

    /// Each key under which the two have something else, in order, with what each has.
    pub fn differing<'s>(
        &'s self,
        other: &'s Self,
    ) -> impl Iterator<Item = (&'s Key, Option<&'s Object>, Option<&'s Object>)> {
        let (mut ours, mut theirs) = (self.map.iter().peekable(), other.map.iter().peekable());
        std::iter::from_fn(move || {
            loop {
                let order = match (ours.peek(), theirs.peek()) {
                    (Some((one, _)), Some((other, _))) => one.cmp(other),
                    (Some(_), None) => Ordering::Less,
                    (None, Some(_)) => Ordering::Greater,
                    (None, None) => return None,
                };
                let one = if order.is_le() { ours.next() } else { None };
                let other = if order.is_ge() { theirs.next() } else { None };
                match (one, other) {
                    (Some((_, one)), Some((_, other))) if same(one, other) => {}
                    (Some((key, one)), other) => {
                        return Some((key, Some(&one.object), other.map(|(_, held)| &held.object)));
                    }
                    (None, other) => return other.map(|(key, held)| (key, None, Some(&held.object))),
                }
            }
        })
    }

    /// SHA-256 over the SHA-256 of each object, in the order of their keys: kind and path as a JSON list, and behind it the
    /// rest as the JSON form of a snapshot has it, fields and facts in the same order.
    pub fn fingerprint(&self) -> &Digest {
        self.fingerprint.get_or_init(|| {
            let held: Vec<(&Key, &Held)> = self.map.iter().map(|(key, held)| (key, held.as_ref())).collect();
            let shares: Vec<&[(&Key, &Held)]> = held.chunks(SHARE).collect();
            over_all_cores(
                shares.len(),
                |share| share(),
                |share| {
                    for (key, held) in shares[share] {
                        held.digest(key);
                    }
                },
            );
            Digest::of_all(held.iter().map(|(key, held)| held.digest(key)))
        })
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        self.into_iter().map(|(key, object)| Entry {
            kind: &key.kind,
            path: &key.path,
            parent: object.parent.as_ref(),
            owner: object.owner.as_deref(),
            acl: object.acl.as_deref(),
            comment: object.comment.as_deref(),
            facts: &object.facts,
        })
    }
}

/// An object that is changed; a copy where others have it too.
pub(super) fn change(held: &mut Arc<Held>) -> &mut Object {
    let held = Arc::make_mut(held);
    held.digest.take();
    &mut held.object
}

fn same(one: &Arc<Held>, other: &Arc<Held>) -> bool {
    let digests = one.digest.get().zip(other.digest.get());
    Arc::ptr_eq(one, other) || digests.map_or_else(|| one.object == other.object, |(one, other)| one == other)
}

/// One object as it is written: its key and its fields side by side.
#[derive(Serialize)]
pub(super) struct Entry<'a> {
    kind: &'a str,
    path: &'a Path,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<&'a Key>,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acl: Option<&'a [Grant]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<&'a str>,
    #[serde(skip_serializing_if = "Facts::is_empty")]
    facts: &'a Facts,
}

impl FromIterator<(Key, Object)> for Objects {
    fn from_iter<Pairs: IntoIterator<Item = (Key, Object)>>(pairs: Pairs) -> Self {
        let map = pairs.into_iter().map(|(key, object)| (key, Arc::new(object.into()))).collect();
        Self { map, ..Self::default() }
    }
}

impl Index<&Key> for Objects {
    type Output = Object;

    fn index(&self, key: &Key) -> &Object {
        &self.map[key].object
    }
}

impl PartialEq for Objects {
    fn eq(&self, other: &Self) -> bool {
        self.differing(other).next().is_none()
    }
}

/// Objects in the order of their keys.
pub struct Iter<'a>(btree_map::Iter<'a, Key, Arc<Held>>);

impl<'a> Iterator for Iter<'a> {
    type Item = (&'a Key, &'a Object);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|(key, held)| (key, &held.object))
    }
}

impl<'a> IntoIterator for &'a Objects {
    type Item = (&'a Key, &'a Object);
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        Iter(self.map.iter())
    }
}

#[cfg(test)]
mod tests {
    use super::{Key, Object, Objects};

    #[test]
    fn a_change_is_seen_after_the_fingerprint_was_taken() {
        let key = Key::new("schema", &["s"]);
        let mut objects: Objects = [(key.clone(), Object::default())].into_iter().collect();
        let first = objects.fingerprint().clone();
        assert_eq!(objects.clone().fingerprint(), &first);
        objects.get_mut(&key).unwrap().comment = Some("other".into());
        assert_ne!(objects.fingerprint(), &first);
        objects.get_mut(&key).unwrap().comment = None;
        assert_eq!(objects.fingerprint(), &first);
    }

    #[test]
    fn a_copy_is_changed_alone() {
        let key = Key::new("schema", &["s"]);
        let first: Objects = [(key.clone(), Object::default())].into_iter().collect();
        let fingerprint = first.fingerprint().clone();
        let mut second = first.clone();
        assert_eq!(first.differing(&second).count(), 0);
        second.get_mut(&key).unwrap().comment = Some("other".into());
        assert_eq!(first.differing(&second).count(), 1);
        assert!(first != second && first[&key].comment.is_none());
        assert_ne!(second.fingerprint(), &fingerprint);
        assert_eq!(first.clone().fingerprint(), &fingerprint);
    }
}
