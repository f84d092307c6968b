//! Comparing two snapshots.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::change::{FORMAT, digest_of};
use super::{Change, Delta, DeltaError, Field, Form, Tally};
use crate::catalog::{Key, Noun, Object, Scope, Snapshot, kinds};

/// Facts with this ending are the order of things that are objects of their own: they differ only where the things
/// that are on both sides stand in another order.
const ORDER: &str = "_order";

impl Delta {
    /// What changed from one snapshot to the other.
    pub fn between(before: &Snapshot, after: &Snapshot) -> Result<Self, DeltaError> {
        let mut changes = Vec::new();
        for (key, object) in &before.objects {
            match after.objects.get(key) {
                None => changes.push(whole(Form::Dropped, key, object, before)),
                // The same name in another place is another object: an index of another table, a view's column.
                Some(other) if object.parent != other.parent => {
                    changes.push(whole(Form::Dropped, key, object, before));
                    changes.push(whole(Form::Created, key, other, after));
                }
                Some(other) if object != other => {
                    let fields = fields(object, other);
                    if !fields.is_empty() {
                        changes.push(Change { fields, object: None, ..whole(Form::Altered, key, other, after) });
                    }
                }
                Some(_) => {}
            }
        }
        for (key, object) in &after.objects {
            if !before.objects.contains_key(key) {
                changes.push(whole(Form::Created, key, object, after));
            }
        }
        changes.sort_by_cached_key(tree_path);
        Ok(Self {
            format: FORMAT,
            before: before.fingerprint()?,
            after: after.fingerprint()?,
            digest: digest_of(&changes)?,
            changes,
            counts: counts(before, after),
        })
    }
}

fn whole(form: Form, key: &Key, object: &Object, snapshot: &Snapshot) -> Change {
    Change {
        change: form,
        key: key.clone(),
        name: key.to_string(),
        within: snapshot.ancestors(key).into_iter().cloned().collect(),
        object: Some(object.clone()),
        fields: Vec::new(),
    }
}

/// Outermost first: an object sorts right after what it lies in.
fn tree_path(change: &Change) -> (Vec<(usize, Vec<String>)>, Form) {
    let step = |key: &Key| (kinds::rank(&key.kind), key.path.clone());
    (change.within.iter().rev().chain([&change.key]).map(step).collect(), change.change)
}

/// The facts that differ, flattened.
fn fields(from: &Object, to: &Object) -> Vec<Field> {
    let (from, to) = (flat(from), flat(to));
    let names: std::collections::BTreeSet<&String> = from.keys().chain(to.keys()).collect();
    let mut fields = Vec::new();
    for name in names {
        let (a, b) = (from.get(name).unwrap_or(&Value::Null), to.get(name).unwrap_or(&Value::Null));
        if a != b && !(name.ends_with(ORDER) && in_same_order(a, b)) {
            fields.push(Field { field: name.clone(), from: a.clone(), to: b.clone() });
        }
    }
    fields
}

fn flat(object: &Object) -> BTreeMap<String, Value> {
    let mut flat = BTreeMap::new();
    for (name, text) in [("owner", &object.owner), ("comment", &object.comment)] {
        if let Some(text) = text {
            flat.insert(name.to_owned(), Value::from(text.clone()));
        }
    }
    if let Some(acl) = &object.acl {
        let grants = acl.iter().map(|grant| serde_json::to_value(grant).unwrap_or(Value::Null)).collect();
        flat.insert("acl".to_owned(), Value::Array(grants));
    }
    flatten("", &object.facts, &mut flat);
    flat
}

fn flatten(prefix: &str, facts: &Map<String, Value>, flat: &mut BTreeMap<String, Value>) {
    for (name, value) in facts {
        let name = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match value {
            Value::Object(map) => flatten(&name, map, flat),
            other => {
                flat.insert(name, other.clone());
            }
        }
    }
}

/// Whether the members two lists share stand in the same order in both.
fn in_same_order(a: &Value, b: &Value) -> bool {
    let empty = Vec::new();
    let (a, b) = (a.as_array().unwrap_or(&empty), b.as_array().unwrap_or(&empty));
    a.iter().filter(|member| b.contains(member)).eq(b.iter().filter(|member| a.contains(member)))
}

fn counts(before: &Snapshot, after: &Snapshot) -> BTreeMap<Noun, Tally> {
    let count = |snapshot: &Snapshot, noun| snapshot.count(noun, &Scope::Database).ok();
    Noun::ALL
        .iter()
        .filter_map(|&noun| {
            let (before, after) = (count(before, noun)?, count(after, noun)?);
            let by = i64::try_from(after).ok()? - i64::try_from(before).ok()?;
            Some((noun, Tally { before, after, by }))
        })
        .collect()
}
