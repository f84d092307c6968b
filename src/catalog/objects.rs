//! All objects of a snapshot, and what is learnt of them once: their fingerprint, and what lies in each. It is forgotten
//! as soon as somebody could change one.

use std::collections::{BTreeMap, HashMap, btree_map};
use std::ops::{Deref, DerefMut};
use std::sync::OnceLock;

use serde::Serialize;

use super::object::Grant;
use super::{Facts, Key, Object, Path};
use crate::base::Digest;

/// Objects by key.
#[derive(Clone, Debug, Default)]
pub struct Objects {
    map: BTreeMap<Key, Object>,
    fingerprint: OnceLock<Digest>,
    children: OnceLock<HashMap<Key, Vec<Key>>>,
}

impl Objects {
    /// What lies directly in an object, in order. Who asks once asks often.
    pub(super) fn children(&self, key: &Key) -> impl Iterator<Item = (&Key, &Object)> {
        let children = self.children.get_or_init(|| {
            let mut children: HashMap<Key, Vec<Key>> = HashMap::new();
            for (key, object) in &self.map {
                if let Some(parent) = &object.parent {
                    children.entry(parent.clone()).or_default().push(key.clone());
                }
            }
            children
        });
        children.get(key).into_iter().flatten().filter_map(|child| self.map.get_key_value(child))
    }

    /// SHA-256 over one line of JSON for each object, in the order of their keys: what the JSON form of a snapshot has in
    /// its list of objects, fields and facts in the same order.
    pub fn fingerprint(&self) -> &Digest {
        self.fingerprint.get_or_init(|| {
            let lines = self.entries().map(|entry| move |line: &mut Vec<u8>| serde_json::to_writer(line, &entry));
            Digest::of_lines(lines)
        })
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        self.map.iter().map(|(key, object)| Entry {
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

impl Deref for Objects {
    type Target = BTreeMap<Key, Object>;

    fn deref(&self) -> &Self::Target {
        &self.map
    }
}

impl DerefMut for Objects {
    fn deref_mut(&mut self) -> &mut Self::Target {
        self.fingerprint.take();
        self.children.take();
        &mut self.map
    }
}

impl PartialEq for Objects {
    fn eq(&self, other: &Self) -> bool {
        self.map == other.map
    }
}

impl From<BTreeMap<Key, Object>> for Objects {
    fn from(map: BTreeMap<Key, Object>) -> Self {
        Self { map, ..Self::default() }
    }
}

impl FromIterator<(Key, Object)> for Objects {
    fn from_iter<Pairs: IntoIterator<Item = (Key, Object)>>(pairs: Pairs) -> Self {
        Self::from(pairs.into_iter().collect::<BTreeMap<_, _>>())
    }
}

impl<'a> IntoIterator for &'a Objects {
    type Item = (&'a Key, &'a Object);
    type IntoIter = btree_map::Iter<'a, Key, Object>;

    fn into_iter(self) -> Self::IntoIter {
        self.map.iter()
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
}
