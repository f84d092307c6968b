//! Names inside other names and inside texts: what a snapshot says once some of its objects bear other names.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Write as _;

use compact_str::CompactString;
use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::Value;

use crate::base::{both, quote_ident};
use crate::catalog::ddl::Statements;
use crate::catalog::{Facts, Key, Object, Path, Snapshot, kinds};

/// Every name that is replaced, with its replacement.
pub struct Words<'s> {
    names: Spellings<'s>,
    /// What the first of two names can be beside a relation.
    schemas: FxHashSet<&'s str>,
    /// Schema and name of what lies in a schema.
    places: FxHashMap<(&'s str, &'s str), (&'s str, &'s str)>,
    /// Routines of one name in one schema: a text names them all alike.
    overloads: FxHashMap<(&'s str, &'s str), usize>,
    /// Of columns, by their relation: the same word is another column's elsewhere.
    columns: FxHashMap<Vec<CompactString>, Spellings<'s>>,
}

type Spellings<'s> = FxHashMap<&'s str, &'s str>;

impl<'s> Words<'s> {
    /// No words yet for the names of this snapshot.
    pub fn new(after: &'s Snapshot) -> Self {
        let outer = after.objects.values().filter_map(|object| object.parent.as_ref());
        let schemas = outer.filter(|parent| parent.path.len() == 1).map(Key::name).collect();
        let (names, places, columns) = (Spellings::default(), FxHashMap::default(), FxHashMap::default());
        let mut overloads = FxHashMap::default();
        for (key, name) in after.objects.keys().filter_map(|key| Some((key, key.routine()?))) {
            *overloads.entry((key.schema(), name)).or_default() += 1;
        }
        Self { names, schemas, places, overloads, columns }
    }

    /// The words of a whole list of pairs: the key to come, and the key that stands.
    pub fn of(after: &'s Snapshot, pairs: &'s [(Key, Key)]) -> Self {
        let mut words = Self::new(after);
        for (old, new) in pairs {
            words.add(after, old, new);
        }
        words
    }

    pub fn add(&mut self, after: &Snapshot, old: &'s Key, new: &'s Key) {
        let in_relation = after.parent(new).is_some_and(|parent| after.parent(parent).is_some());
        if let Some((new_name, old_name)) = new.routine().zip(old.routine()) {
            if self.overloads.get(&(new.schema(), new_name)) == Some(&1) {
                self.places.insert((new.schema(), new_name), (old.schema(), old_name));
            }
            return;
        }
        if new.path.len() == 2 {
            self.places.insert((new.schema(), new.name()), (old.schema(), old.name()));
        }
        if old.name() == new.name() {
            return;
        }
        if in_relation && new.path.len() == 3 {
            let relation = new.path.iter().take(2).cloned().collect();
            self.columns.entry(relation).or_default().insert(new.name(), old.name());
        } else {
            self.names.insert(new.name(), old.name());
        }
    }

    /// The name that replaces this one, or this one.
    pub fn of_name<'n>(&self, name: &'n str) -> &'n str
    where
        's: 'n,
    {
        self.names.get(name).copied().unwrap_or(name)
    }

    /// The last part of a key: a name, or SQL text that spells the types of arguments.
    pub fn of_last<'k>(&self, key: &'k Key) -> Cow<'k, str> {
        if key.name().contains('(') { respell(key.name(), self, &[]).into() } else { key.name().into() }
    }

    /// What a text says of one object becomes.
    fn of_fact(&self, value: &Value, near: &[&Spellings<'_>]) -> Value {
        match value {
            Value::String(text) => {
                let column = near.iter().find_map(|columns| columns.get(text.as_str()).copied());
                let whole = column.or_else(|| self.names.get(text.as_str()).copied());
                Value::from(whole.map_or_else(|| respell(text, self, near), str::to_owned))
            }
            Value::Array(list) => Value::Array(list.iter().map(|value| self.of_fact(value, near)).collect()),
            Value::Object(map) => {
                Value::Object(map.iter().map(|(name, value)| (name.clone(), self.of_fact(value, near))).collect())
            }
            other => other.clone(),
        }
    }

    /// The words of columns that an object may speak of: it lies in their relation, or depends on it. What lies in no schema
    /// is asked whether it names one: nothing says what a publication depends on.
    fn near<'w>(&'w self, key: &Key, object: &Object, needs: &Needs<'_>) -> Vec<&'w Spellings<'s>> {
        if self.columns.is_empty() {
            return Vec::new();
        }
        if key.path.len() == 1 {
            let facts: Vec<String> = object.facts.iter().map(|(_, fact)| fact.to_string()).collect();
            let named = |relation: &[CompactString]| {
                let sql = relation.iter().map(|part| quote_ident(part)).collect::<Vec<_>>().join(".");
                facts.iter().any(|fact| fact.contains(&sql.replace('"', "\\\"")))
            };
            return self.columns.iter().filter(|(relation, _)| named(relation)).map(|(_, words)| words).collect();
        }
        let needed = needs.get(key).into_iter().flatten().copied();
        let relations: BTreeSet<&[CompactString]> = key.path.get(..2).into_iter().chain(needed).collect();
        relations.into_iter().filter_map(|relation| self.columns.get(relation)).collect()
    }
}

/// The relations that each object depends on, of those with other words for columns.
type Needs<'a> = FxHashMap<&'a Key, BTreeSet<&'a [CompactString]>>;

fn needs<'a>(snapshot: &'a Snapshot, words: &Words<'_>) -> Needs<'a> {
    let mut needs = Needs::default();
    if words.columns.is_empty() {
        return needs;
    }
    let addresses = &snapshot.volatile.addresses;
    for dependency in &snapshot.volatile.dependencies {
        if let (Some(of), Some(on)) = (addresses.get(&dependency.of), addresses.get(&dependency.on))
            && let Some(relation) = on.path.get(..2)
            && words.columns.contains_key(relation)
        {
            needs.entry(of).or_default().insert(relation);
        }
    }
    needs
}

/// The snapshot as it is once the keys of these pairs are the first ones, and the keys that stood of all that got others.
pub fn with_names(
    before: &Snapshot,
    after: &Snapshot,
    pairs: &[(Key, Key)],
    words: &Words<'_>,
) -> (Snapshot, FxHashMap<Key, Key>) {
    let old_of: FxHashMap<&Key, &Key> = pairs.iter().map(|(old, new)| (new, old)).collect();
    let moved = moved(after, &old_of, words);
    let place = |key: &Key| moved.get(key).unwrap_or(key).clone();
    let needs = needs(after, words);
    let objects = || {
        after.objects.with(|new, object| {
            let key = place(new);
            let was = before.objects.get(&key);
            // What has its old name again has its old place too.
            let back = was.filter(|_| old_of.contains_key(new));
            let parent = back.map_or_else(|| object.parent.as_ref().map(place), |was| was.parent.clone());
            let facts = in_words(words, was, (new, object), || words.near(new, object, &needs));
            if key == *new && parent == object.parent && facts.is_none() {
                return None;
            }
            let facts = facts.unwrap_or_else(|| object.facts.clone());
            let (owner, acl, comment) = (object.owner.clone(), object.acl.clone(), object.comment.clone());
            Some((key, Object { parent, owner, acl, comment, facts }))
        })
    };
    let volatile = || {
        let stood = moved.iter().map(|(new, key)| (key.clone(), (*new).clone())).collect();
        (after.volatile.with_keys(place), stood)
    };
    let (objects, (volatile, stood)) = both(objects, volatile);
    let (database, not_covered) = (after.database.clone(), after.not_covered.clone());
    (Snapshot { server: after.server, database, objects, not_covered, volatile }, stood)
}

/// What an object says in the words to come, if it says anything else then. What says the same as before is not read
/// otherwise.
fn in_words<'w, 's: 'w>(
    words: &Words<'s>,
    was: Option<&Object>,
    (key, object): (&Key, &Object),
    near: impl FnOnce() -> Vec<&'w Spellings<'s>>,
) -> Option<Facts> {
    let written = kinds::find(&key.kind).map_or(&[][..], Statements::kept_as_written);
    let same =
        |name: &str, value: &Value| written.contains(&name) || was.and_then(|was| was.facts.get(name)) == Some(value);
    if object.facts.iter().all(|(name, value)| same(name, value)) {
        return None;
    }
    let near = near();
    let mut facts = object.facts.clone();
    for (_, value) in facts.iter_mut().filter(|(name, value)| !same(name, value)) {
        *value = words.of_fact(value, &near);
    }
    Some(facts)
}

/// The keys that objects get: those of the pairs, and those of what lies in them.
fn moved<'s>(after: &'s Snapshot, old_of: &FxHashMap<&Key, &Key>, words: &Words<'_>) -> FxHashMap<&'s Key, Key> {
    // Where the paths of what lies in an object may begin otherwise, nearest first.
    let mut beginnings: FxHashMap<&Key, Vec<(&Path, &Path)>> = FxHashMap::default();
    let mut moved = FxHashMap::default();
    for (key, object) in &after.objects {
        let inside = || {
            let last = words.of_last(key);
            let path = if last == key.name() { key.path.clone() } else { key.under(&last).path };
            let beginnings = object.parent.as_ref().map(|parent| {
                &*beginnings.entry(parent).or_insert_with(|| {
                    let outer = [parent].into_iter().chain(after.ancestors(parent));
                    outer.filter_map(|key| Some((&key.path, &old_of.get(key)?.path))).collect()
                })
            });
            let mut beginnings = beginnings.into_iter().flatten();
            let other = beginnings.find_map(|(new, old)| Some(old.iter().chain(path.strip_prefix(&***new)?).cloned()));
            Key { kind: key.kind.clone(), path: other.map(Iterator::collect).unwrap_or(path) }
        };
        let to = old_of.get(key).map_or_else(inside, |old| (*old).clone());
        if to != *key {
            moved.insert(key, to);
        }
    }
    moved
}

/// Replaces whole identifiers, quoted or bare.
fn respell(text: &str, words: &Words<'_>, near: &[&Spellings<'_>]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let (token, more) = rest.split_at(token_end(rest));
        let name = token.trim_matches('"');
        let is_name = || token == quote_ident(name);
        // In a schema, and the same name means another object elsewhere.
        if let Some(inner) = more.strip_prefix('.')
            && words.schemas.contains(name)
            && is_name()
        {
            let (second, behind) = inner.split_at(token_end(inner));
            let bare = second.trim_matches('"');
            let place = words.places.get(&(name, bare)).copied();
            let (schema, bare) = place.unwrap_or_else(|| (words.of_name(name), bare));
            if second == quote_ident(second.trim_matches('"')) {
                let _ = write!(out, "{}.{}", quote_ident(schema), quote_ident(bare));
                rest = behind;
                continue;
            }
        }
        let column = near.iter().find_map(|columns| columns.get(name));
        match column.or_else(|| words.names.get(name)).filter(|_| is_name()) {
            Some(old) => out.push_str(&quote_ident(old)),
            None => out.push_str(token),
        }
        rest = more;
    }
    out
}

/// Where the first token of a text ends: an identifier, or one other character.
fn token_end(text: &str) -> usize {
    match text.chars().next() {
        Some('"') => text[1..].find('"').map_or(text.len(), |at| at + 2),
        Some(first) if first.is_alphabetic() || first == '_' => {
            text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).unwrap_or(text.len())
        }
        Some(first) => first.len_utf8(),
        None => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::{Spellings, Words, respell};

    #[test]
    fn only_whole_identifiers_are_respelled() {
        let words = Words {
            names: [("b", "a"), ("New T", "t"), ("e", "f")].into_iter().collect(),
            schemas: ["types", "other"].into_iter().collect(),
            places: [(("types", "e"), ("public", "e"))].into_iter().collect(),
            overloads: [].into_iter().collect(),
            columns: [].into_iter().collect(),
        };
        assert_eq!(respell("(b > 0 AND bb < 'b')", &words, &[]), "(a > 0 AND bb < 'a')");
        assert_eq!(respell("s.\"New T\".b", &words, &[]), "s.t.a");
        assert_eq!(respell("'x'::types.e, types.f, other.e, e", &words, &[]), "'x'::public.e, types.f, other.e, f");
        assert_eq!(respell("(c > 0)", &words, &[&Spellings::from_iter([("c", "d")])]), "(d > 0)");
    }
}
