//! Renamed objects are found by their oids: to a delta they are one dropped and one created, but undoing a rename by
//! dropping would lose rows.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::base::quote_ident;
use crate::catalog::ddl::Subject;
use crate::catalog::{Address, Key, Object, Snapshot, kinds};

/// The statements that give old names back, and the snapshot after they ran.
pub struct Renamed {
    pub statements: Vec<String>,
    /// Old key and new key of each object that got another one.
    pub pairs: Vec<(Key, Key)>,
    pub snapshot: Snapshot,
}

/// Undoes the renames between two snapshots of one database.
pub fn undo(before: &Snapshot, after: &Snapshot) -> Renamed {
    let mut renamed = Renamed { statements: Vec::new(), pairs: Vec::new(), snapshot: after.clone() };
    // In two databases the same oids mean different things.
    if !before.volatile.is_of_the_same_database(&after.volatile) {
        return renamed;
    }
    let (old, new) = (before.own_addresses(), after.own_addresses());
    let by_address: BTreeMap<Address, &Key> = new.iter().map(|(key, address)| (**address, *key)).collect();
    for (key, address) in &old {
        if after.objects.contains_key(key) {
            continue;
        }
        let Some(other) = by_address.get(*address) else { continue };
        // Where something else bears the old name now, the way back is not a rename.
        let taken = after.objects.keys().any(|taken| taken.path == key.path);
        if other.kind == key.kind && !taken && !before.objects.contains_key(other) {
            renamed.pairs.push(((*key).clone(), (*other).clone()));
        }
    }
    if renamed.pairs.is_empty() {
        return renamed;
    }
    // Outer names first: an inner statement then uses the outer's old name.
    renamed.pairs.sort_by_key(|(old, _)| (old.path.len(), kinds::rank(&old.kind), old.clone()));
    let mut words = BTreeMap::new();
    let mut kept = Vec::new();
    let renamed_keys: BTreeSet<&Key> = renamed.pairs.iter().map(|(old, _)| old).collect();
    for (old, new) in &renamed.pairs {
        let (Some(was), Some(is)) = (before.objects.get(old), after.objects.get(new)) else { continue };
        let Some(statements) = steps(before, old, was, new, is, &renamed_keys, &words) else { continue };
        if old.name() != new.name() {
            words.insert(new.name().to_owned(), old.name().to_owned());
        }
        renamed.statements.extend(statements);
        kept.push((old.clone(), new.clone()));
    }
    renamed.pairs = kept;
    renamed.snapshot = with_old_names(before, after, &renamed.pairs, &words);
    renamed
}

/// The statements for one object; none where an outer rename brings the old name back. None if there is no way.
fn steps(
    before: &Snapshot,
    old: &Key,
    was: &Object,
    new: &Key,
    is: &Object,
    renamed: &BTreeSet<&Key>,
    words: &BTreeMap<String, String>,
) -> Option<Vec<String>> {
    let kind = kinds::find(&old.kind)?;
    let mut statements = Vec::new();
    let own = old.path.len().checked_sub(1)?;
    let mut path = old.path.with(own, &under_old_words(&new.path[own], words));
    let parent_moved = was.parent != is.parent && !was.parent.as_ref().is_some_and(|parent| renamed.contains(parent));
    let mut object = is.clone();
    object.parent.clone_from(&was.parent);
    let in_schema = own == 1 && was.parent.as_ref().is_some_and(|parent| before.parent(parent).is_none());
    if parent_moved && in_schema {
        // Moved to another schema: what belongs to a column goes with its table.
        let goes_along = ["owned_by", "identity_of"].iter().any(|fact| was.facts.contains_key(fact));
        if !goes_along {
            let subject = Subject { key: new, object: is, snapshot: before };
            let schema = quote_ident(old.schema());
            statements.push(format!("ALTER {} {} SET SCHEMA {schema}", kind.word(), kind.named(subject)));
        }
    } else if parent_moved {
        return None;
    } else if kind.has_own_schema() && words.get(new.schema()).map_or(new.schema(), String::as_str) != old.schema() {
        let subject = Subject { key: new, object: is, snapshot: before };
        let schema = quote_ident(old.schema());
        statements.push(format!("ALTER {} {} SET SCHEMA {schema}", kind.word(), kind.named(subject)));
        path = path.with(0, old.schema());
    }
    if old.path[own] != path[own] {
        let current = Key { kind: old.kind.clone(), path };
        let subject = Subject { key: &current, object: &object, snapshot: before };
        statements.push(kind.rename(subject, old.name())?);
    }
    Some(statements)
}

/// The snapshot as it is once the old names are back.
fn with_old_names(
    before: &Snapshot,
    after: &Snapshot,
    pairs: &[(Key, Key)],
    words: &BTreeMap<String, String>,
) -> Snapshot {
    let old_of: BTreeMap<&Key, &Key> = pairs.iter().map(|(old, new)| (new, old)).collect();
    let mut snapshot = after.clone();
    snapshot.objects = after
        .objects
        .iter()
        .map(|(key, object)| {
            let mut object = object.clone();
            let old = old_of.get(key).copied();
            let key = &old.cloned().unwrap_or_else(|| under_old_names(after, key, &old_of, words));
            if let Some(was) = old.and_then(|old| before.objects.get(old)) {
                object.parent.clone_from(&was.parent);
            } else if let Some(parent) = object.parent.as_ref().and_then(|parent| old_of.get(parent)) {
                object.parent = Some((*parent).clone());
            }
            // Facts that only spell the new names are not changes.
            if let Some(was) = before.objects.get(key) {
                for (name, value) in object.facts.iter_mut() {
                    let Some(old) = was.facts.get(name) else { continue };
                    if value != old && spelled(value, words) == *old {
                        value.clone_from(old);
                    }
                }
            } else {
                object.facts = object.facts.iter().map(|(name, fact)| (name.clone(), spelled(fact, words))).collect();
            }
            (key.clone(), object)
        })
        .collect();
    for key in snapshot.volatile.addresses.values_mut() {
        *key = old_of.get(key).map_or_else(|| under_old_names(after, key, &old_of, words), |old| (*old).clone());
    }
    snapshot
}

/// The key of a new object in something that gets its old name back.
fn under_old_names(
    after: &Snapshot,
    key: &Key,
    old_of: &BTreeMap<&Key, &Key>,
    words: &BTreeMap<String, String>,
) -> Key {
    let outer = after.ancestors(key);
    let mut key = key.clone();
    if let Some(last) = key.path.len().checked_sub(1) {
        key.path = key.path.with(last, &under_old_words(key.name(), words));
    }
    let key = &key;
    for outer in outer {
        if let (Some(old), Some(rest)) = (old_of.get(outer), key.path.strip_prefix(&*outer.path)) {
            return Key { kind: key.kind.clone(), path: old.path.iter().chain(rest).cloned().collect() };
        }
    }
    key.clone()
}

/// A name as it is, unless it is SQL text: a routine's, which spells the types of its arguments.
fn under_old_words(name: &str, words: &BTreeMap<String, String>) -> String {
    if name.contains('(') { respell(name, words) } else { name.to_owned() }
}

/// A fact with every new name replaced by the old one.
fn spelled(value: &Value, words: &BTreeMap<String, String>) -> Value {
    match value {
        Value::String(text) => Value::from(words.get(text).cloned().unwrap_or_else(|| respell(text, words))),
        Value::Array(list) => Value::Array(list.iter().map(|value| spelled(value, words)).collect()),
        Value::Object(map) => {
            Value::Object(map.iter().map(|(name, value)| (name.clone(), spelled(value, words))).collect())
        }
        other => other.clone(),
    }
}

/// Replaces whole identifiers, quoted or bare.
fn respell(text: &str, words: &BTreeMap<String, String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = if first == '"' {
            rest[1..].find('"').map_or(rest.len(), |at| at + 2)
        } else if first.is_alphabetic() || first == '_' {
            rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (token, more) = rest.split_at(end);
        let name = token.trim_matches('"');
        match words.get(name).filter(|_| token == quote_ident(name)) {
            Some(old) => out.push_str(&quote_ident(old)),
            None => out.push_str(token),
        }
        rest = more;
    }
    out
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::respell;

    #[test]
    fn only_whole_identifiers_are_respelled() {
        let words = BTreeMap::from([("b".to_owned(), "a".to_owned()), ("New T".to_owned(), "t".to_owned())]);
        assert_eq!(respell("(b > 0 AND bb < 'b')", &words), "(a > 0 AND bb < 'a')");
        assert_eq!(respell("s.\"New T\".b", &words), "s.t.a");
    }
}
