//! Names inside other names and inside texts: what a snapshot says once some of its objects bear other names.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use compact_str::CompactString;
use serde_json::Value;

use crate::base::quote_ident;
use crate::catalog::{Key, Object, Snapshot};

/// Every name that is replaced, with its replacement.
pub struct Words<'s> {
    names: BTreeMap<&'s str, &'s str>,
    /// What the first of two names can be beside a relation.
    schemas: BTreeSet<&'s str>,
    /// Schema and name of what lies in a schema.
    places: BTreeMap<(&'s str, &'s str), (&'s str, &'s str)>,
    /// Of columns, by their relation: the same word is another column's elsewhere.
    columns: BTreeMap<Vec<CompactString>, BTreeMap<&'s str, &'s str>>,
}

impl<'s> Words<'s> {
    /// No words yet for the names of this snapshot.
    pub fn new(after: &'s Snapshot) -> Self {
        let outer = after.objects.values().filter_map(|object| object.parent.as_ref());
        let schemas = outer.filter(|parent| parent.path.len() == 1).map(Key::name).collect();
        Self { names: BTreeMap::new(), schemas, places: BTreeMap::new(), columns: BTreeMap::new() }
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
    pub fn of_last(&self, key: &Key) -> String {
        if key.name().contains('(') { respell(key.name(), self, &[]) } else { key.name().to_owned() }
    }

    /// What a text says of one object becomes.
    fn of_fact(&self, value: &Value, near: &[&BTreeMap<&str, &str>]) -> Value {
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
    fn near<'w>(&'w self, key: &Key, object: &Object, needs: &Needs<'_>) -> Vec<&'w BTreeMap<&'s str, &'s str>> {
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

/// The relations that each object depends on.
type Needs<'a> = BTreeMap<&'a Key, BTreeSet<&'a [CompactString]>>;

fn needs(snapshot: &Snapshot) -> Needs<'_> {
    let mut needs = Needs::new();
    let addresses = &snapshot.volatile.addresses;
    for dependency in &snapshot.volatile.dependencies {
        if let (Some(of), Some(on)) = (addresses.get(&dependency.of), addresses.get(&dependency.on))
            && let Some(relation) = on.path.get(..2)
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
) -> (Snapshot, BTreeMap<Key, Key>) {
    let mut stood = BTreeMap::new();
    let old_of: BTreeMap<&Key, &Key> = pairs.iter().map(|(old, new)| (new, old)).collect();
    let needs = if words.columns.is_empty() { Needs::new() } else { needs(after) };
    let mut snapshot = after.clone();
    snapshot.objects = after
        .objects
        .iter()
        .map(|(new, object)| {
            let mut object = object.clone();
            let old = old_of.get(new).copied();
            let key = old.cloned().unwrap_or_else(|| in_old_place(after, new, &old_of, words));
            let was = before.objects.get(&key);
            if let Some(was) = old.and_then(|old| before.objects.get(old)) {
                object.parent.clone_from(&was.parent);
            } else if let Some(parent) = &object.parent {
                let old = old_of.get(parent).map(|old| (*old).clone());
                object.parent = Some(old.unwrap_or_else(|| in_old_place(after, parent, &old_of, words)));
            }
            // What says the same already is not read otherwise.
            let same = |name: &str, value: &Value| was.and_then(|was| was.facts.get(name)) == Some(value);
            if !object.facts.iter().all(|(name, value)| same(name, value)) {
                let near = words.near(new, &object, &needs);
                for (_, value) in object.facts.iter_mut().filter(|(name, value)| !same(name, value)) {
                    *value = words.of_fact(value, &near);
                }
            }
            if key != *new {
                stood.insert(key.clone(), new.clone());
            }
            (key, object)
        })
        .collect();
    for key in snapshot.volatile.addresses.values_mut() {
        *key = old_of.get(key).map_or_else(|| in_old_place(after, key, &old_of, words), |old| (*old).clone());
    }
    (snapshot, stood)
}

/// The key of an object that keeps its name, in something that gets another one.
fn in_old_place(after: &Snapshot, key: &Key, old_of: &BTreeMap<&Key, &Key>, words: &Words<'_>) -> Key {
    let Some(last) = key.path.len().checked_sub(1) else { return key.clone() };
    let path = key.path.with(last, &words.of_last(key));
    for outer in after.ancestors(key) {
        if let (Some(old), Some(rest)) = (old_of.get(outer), path.strip_prefix(&*outer.path)) {
            return Key { kind: key.kind.clone(), path: old.path.iter().chain(rest).cloned().collect() };
        }
    }
    Key { kind: key.kind.clone(), path }
}

/// Replaces whole identifiers, quoted or bare.
fn respell(text: &str, words: &Words<'_>, near: &[&BTreeMap<&str, &str>]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let (token, more) = rest.split_at(token_end(rest));
        let name = token.trim_matches('"');
        let is_name = token == quote_ident(name);
        // In a schema, and the same name means another object elsewhere.
        if is_name
            && words.schemas.contains(name)
            && let Some(inner) = more.strip_prefix('.')
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
        match column.or_else(|| words.names.get(name)).filter(|_| is_name) {
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
    use std::collections::{BTreeMap, BTreeSet};

    use super::{Words, respell};

    #[test]
    fn only_whole_identifiers_are_respelled() {
        let words = Words {
            names: BTreeMap::from([("b", "a"), ("New T", "t"), ("e", "f")]),
            schemas: BTreeSet::from(["types", "other"]),
            places: BTreeMap::from([(("types", "e"), ("public", "e"))]),
            columns: BTreeMap::new(),
        };
        assert_eq!(respell("(b > 0 AND bb < 'b')", &words, &[]), "(a > 0 AND bb < 'a')");
        assert_eq!(respell("s.\"New T\".b", &words, &[]), "s.t.a");
        assert_eq!(respell("'x'::types.e, types.f, other.e, e", &words, &[]), "'x'::public.e, types.f, other.e, f");
        assert_eq!(respell("(c > 0)", &words, &[&BTreeMap::from([("c", "d")])]), "(d > 0)");
    }
}
