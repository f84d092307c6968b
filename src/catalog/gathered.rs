//! Objects as they come out of the catalog, and at last in the order of their keys.

use std::collections::hash_map::Entry;
use std::sync::Arc;

use compact_str::CompactString;
use rustc_hash::FxHashMap;

use super::objects::{Held, change};
use super::{Key, Object};

#[derive(Default)]
pub(super) struct Gathered {
    list: Vec<(Key, Arc<Held>)>,
    places: FxHashMap<Key, usize>,
}

impl Gathered {
    pub fn insert(&mut self, key: Key, object: Object) {
        let held = Arc::new(Held::from(object));
        match self.places.entry(key) {
            Entry::Occupied(entry) => self.list[*entry.get()].1 = held,
            Entry::Vacant(entry) => {
                self.list.push((entry.key().clone(), held));
                entry.insert(self.list.len() - 1);
            }
        }
    }

    pub fn get(&self, key: &Key) -> Option<&Object> {
        self.places.get(key).map(|place| self.list[*place].1.object())
    }

    pub fn get_mut(&mut self, key: &Key) -> Option<&mut Object> {
        self.places.get(key).map(|place| change(&mut self.list[*place].1))
    }

    /// In the order of the keys. Most objects are small parts of few others: these are put in order first, and then the
    /// parts of each. Comparing whole keys all the way takes many times as long.
    pub fn sorted(self) -> Vec<(Key, Arc<Held>)> {
        let Self { list, places } = self;
        drop(places);
        let mut list: Vec<Option<(Key, Arc<Held>)>> = list.into_iter().map(Some).collect();
        let mut sorted = Vec::with_capacity(list.len());
        for place in order(&list) {
            sorted.extend(list[place].take());
        }
        // Where paths of one kind are not of one length.
        if !sorted.is_sorted_by(|(a, _), (b, _)| a < b) {
            sorted.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        }
        sorted
    }
}

/// The kind and the path of what objects lie in.
type Whole<'k> = (&'k str, &'k [CompactString]);

fn order(list: &[Option<(Key, Arc<Held>)>]) -> Vec<usize> {
    let mut groups: FxHashMap<Whole<'_>, Vec<(&str, usize)>> = FxHashMap::default();
    for (place, (key, _)) in list.iter().enumerate().filter_map(|(place, pair)| Some((place, pair.as_ref()?))) {
        let (name, whole) = key.path.split_last().map_or(("", &[][..]), |(name, whole)| (name.as_str(), whole));
        groups.entry((&key.kind, whole)).or_default().push((name, place));
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_unstable_by_key(|(whole, _)| *whole);
    let each = groups.into_iter().flat_map(|(_, mut parts)| {
        parts.sort_unstable();
        parts.into_iter().map(|(_, place)| place)
    });
    each.collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Gathered, Key, Object};

    proptest! {
        /// Whatever comes in whatever order.
        #[test]
        fn the_order_is_that_of_the_keys(keys in proptest::collection::vec(
            ("[ab]", proptest::collection::vec("[a-c]{0,2}", 0..4)), 0..40,
        )) {
            let mut gathered = Gathered::default();
            let mut keys: Vec<Key> = keys
                .iter()
                .map(|(kind, path)| Key::new(kind, &path.iter().map(String::as_str).collect::<Vec<_>>()))
                .collect();
            for key in &keys {
                gathered.insert(key.clone(), Object::default());
            }
            keys.sort();
            keys.dedup();
            let sorted: Vec<Key> = gathered.sorted().into_iter().map(|(key, _)| key).collect();
            prop_assert_eq!(sorted, keys);
        }
    }
}
