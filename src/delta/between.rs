//! Comparing two snapshots.

use std::collections::{BTreeMap, BTreeSet};

use compact_str::CompactString;
use rustc_hash::FxHashMap;
use serde_json::Value;

use super::change::FORMAT;
use super::dependencies::dependencies;
use super::renamed::renamed;
use super::{Change, Delta, Field, Form, Tally};
use crate::base::both;
use crate::catalog::{Key, Noun, Object, Path, Scope, Snapshot, count, digest_of, kinds};

/// Facts with this ending are the order of things that are objects of their own: they differ only where the things
/// that are on both sides stand in another order.
const ORDER: &str = "_order";

impl Delta {
    /// What changed from one snapshot to the other.
    pub fn between(before: &Snapshot, after: &Snapshot) -> Self {
        // What is told of whole snapshots, beside what differs.
        let (changes, (fingerprints, tally)) = both(
            || changes(before, after),
            || ((before.fingerprint(), after.fingerprint()), count::tally(&before.objects)),
        );
        let (mut dropped, mut created) = (Vec::new(), Vec::new());
        for change in &changes {
            dropped.extend(before.objects.get_key_value(&change.key).filter(|_| change.change != Form::Created));
            created.extend(after.objects.get_key_value(&change.key).filter(|_| change.change != Form::Dropped));
        }
        Self {
            format: FORMAT,
            before: fingerprints.0,
            after: fingerprints.1,
            digest: digest_of(&changes),
            dependencies: dependencies(before, after, &changes),
            counts: counts(&tally, (before, &dropped), (after, &created)),
            renamed: renamed((before, &dropped), (after, &created)),
            changes,
        }
    }
}

/// One object that differs, as the two sides have it.
#[derive(Clone, Copy, Debug)]
pub struct Differing<'s> {
    pub form: Form,
    pub key: &'s Key,
    pub was: Option<&'s Object>,
    pub is: Option<&'s Object>,
}

impl<'s> Differing<'s> {
    /// The names of what differs: `owner`, `acl`, `comment`, or a fact.
    pub fn names(&self) -> Vec<&'s str> {
        self.was.zip(self.is).map_or_else(Vec::new, |(was, is)| names(was, is))
    }

    /// Whether a change says the same.
    fn is_said_by(&self, change: &Change) -> bool {
        let fields = self.was.zip(self.is).map_or_else(Vec::new, |(was, is)| fields(was, is));
        let object = if self.form == Form::Altered { None } else { self.was.or(self.is) };
        change.object.as_ref() == object && change.fields == fields
    }

    fn told(&self, snapshot: &Snapshot) -> Change {
        Change {
            change: self.form,
            key: self.key.clone(),
            name: self.key.to_string(),
            within: snapshot.ancestors(self.key).into_iter().cloned().collect(),
            object: self.was.xor(self.is).cloned(),
            fields: self.was.zip(self.is).map_or_else(Vec::new, |(was, is)| fields(was, is)),
        }
    }
}

/// What differs between two snapshots, in the order of the keys.
pub fn differing<'s>(before: &'s Snapshot, after: &'s Snapshot) -> Vec<Differing<'s>> {
    let mut found = Vec::new();
    for (key, was, is) in before.objects.differing(&after.objects) {
        let one = |form, was, is| Differing { form, key, was, is };
        // The same name in another place is another object: an index of another table, a view's column.
        if let Some((old, new)) = was.zip(is).filter(|(was, is)| was.parent == is.parent) {
            if !names(old, new).is_empty() {
                found.push(one(Form::Altered, was, is));
            }
            continue;
        }
        found.extend(was.map(|_| one(Form::Dropped, was, None)));
        found.extend(is.map(|_| one(Form::Created, None, is)));
    }
    found
}

/// The changes from one snapshot to the other, in their order.
fn changes(before: &Snapshot, after: &Snapshot) -> Vec<Change> {
    let side = |one: &Differing<'_>| if one.form == Form::Dropped { before } else { after };
    let mut changes: Vec<Change> = differing(before, after).iter().map(|one| one.told(side(one))).collect();
    changes.sort_by_cached_key(tree_path);
    changes
}

/// Whether these changes are what differs.
pub fn are_all(changes: &[Change], differing: &[Differing<'_>]) -> bool {
    let said: FxHashMap<(Form, &Key), &Change> =
        changes.iter().map(|change| ((change.change, &change.key), change)).collect();
    changes.len() == differing.len()
        && differing.iter().all(|one| said.get(&(one.form, one.key)).is_some_and(|change| one.is_said_by(change)))
}

/// Outermost first: an object sorts right after what it lies in.
pub(super) fn tree_path(change: &Change) -> (Vec<(usize, Path)>, Form) {
    let step = |key: &Key| (kinds::rank(&key.kind), key.path.clone());
    (change.within.iter().rev().chain([&change.key]).map(step).collect(), change.change)
}

/// The names of what differs, in their order.
fn names<'s>(from: &'s Object, to: &'s Object) -> Vec<&'s str> {
    let common =
        [("acl", from.acl != to.acl), ("comment", from.comment != to.comment), ("owner", from.owner != to.owner)];
    let common = common.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name);
    let facts = from.facts.keys().chain(to.facts.keys().filter(|name| !from.facts.contains_key(name)));
    let facts = facts.map(CompactString::as_str).filter(|name| {
        let (a, b) = (from.facts.get(name), to.facts.get(name));
        a != b && !(name.ends_with(ORDER) && in_same_order(a.unwrap_or(&Value::Null), b.unwrap_or(&Value::Null)))
    });
    common.chain(facts).collect()
}

/// What differs, flattened.
fn fields(from: &Object, to: &Object) -> Vec<Field> {
    let names = names(from, to);
    let (from, to) = (flat(from, &names), flat(to, &names));
    let flattened: BTreeSet<&String> = from.keys().chain(to.keys()).collect();
    let mut fields = Vec::new();
    for name in flattened {
        let (a, b) = (from.get(name).unwrap_or(&Value::Null), to.get(name).unwrap_or(&Value::Null));
        if a != b {
            fields.push(Field { field: name.clone(), from: a.clone(), to: b.clone() });
        }
    }
    fields
}

/// What an object says under these names.
fn flat(object: &Object, names: &[&str]) -> BTreeMap<String, Value> {
    let mut flat = BTreeMap::new();
    for name in names {
        match *name {
            "owner" => flat.extend(object.owner.clone().map(|text| ((*name).to_owned(), Value::from(text)))),
            "comment" => flat.extend(object.comment.clone().map(|text| ((*name).to_owned(), Value::from(text)))),
            "acl" => flat.extend(object.acl.as_ref().map(|acl| {
                let grants = acl.iter().map(|grant| serde_json::to_value(grant).unwrap_or(Value::Null)).collect();
                ((*name).to_owned(), Value::Array(grants))
            })),
            fact => object.facts.get(fact).into_iter().for_each(|value| flatten(fact, value, &mut flat)),
        }
    }
    flat
}

fn flatten(name: &str, value: &Value, flat: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(inner, value)| flatten(&format!("{name}.{inner}"), value, flat)),
        other => {
            flat.insert(name.to_owned(), other.clone());
        }
    }
}

/// Whether the members two lists share stand in the same order in both.
fn in_same_order(a: &Value, b: &Value) -> bool {
    let empty = Vec::new();
    let (a, b) = (a.as_array().unwrap_or(&empty), b.as_array().unwrap_or(&empty));
    a.iter().filter(|member| b.contains(member)).eq(b.iter().filter(|member| a.contains(member)))
}

pub(super) type Entries<'s> = Vec<(&'s Key, &'s Object)>;

/// Every noun on both sides: what did not change is counted once, before. Each side comes with what it alone has.
fn counts(
    all: &BTreeMap<Noun, u64>,
    (before, gone): (&Snapshot, &Entries<'_>),
    (after, new): (&Snapshot, &Entries<'_>),
) -> BTreeMap<Noun, Tally> {
    let (gone, new) = (count::tally(gone.iter().copied()), count::tally(new.iter().copied()));
    let number = |tally: &BTreeMap<Noun, u64>, noun| tally.get(&noun).copied().unwrap_or_default();
    let counted = |noun| [before, after].iter().all(|snapshot| snapshot.may_count(noun, &Scope::Database).is_ok());
    Noun::ALL
        .iter()
        .filter(|noun| counted(**noun))
        .filter_map(|&noun| {
            let before = number(all, noun);
            let after = before + number(&new, noun) - number(&gone, noun);
            let by = i64::try_from(after).ok()? - i64::try_from(before).ok()?;
            Some((noun, Tally { before, after, by }))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::in_same_order;
    use crate::base::ServerVersion;
    use crate::catalog::{Grant, Key, Object, Snapshot, Volatile};
    use crate::delta::{Delta, Form};

    fn snapshot(objects: BTreeMap<Key, Object>) -> Snapshot {
        let (database, volatile) = ("d".to_owned(), Volatile::default());
        Snapshot {
            server: ServerVersion(160_014),
            database,
            objects: objects.into_iter().collect(),
            not_covered: Vec::new(),
            volatile,
        }
    }

    prop_compose! {
        fn any_object()(
            owner in proptest::option::of("[ab]"),
            comment in proptest::option::of(".{0,4}"),
            role in proptest::option::of("[abc]"),
            text in "[xy]",
            // Its members are objects of their own: one that is missing would be another change.
            order in Just(vec!["p", "q", "r"]).prop_shuffle(),
        ) -> Object {
            let acl = role.map(|role| {
                let grant = |grantee: &str, grantor: &str| Grant {
                    grantee: grantee.into(), privilege: "SELECT".into(), grantable: false, grantor: grantor.into(),
                };
                let mut acl = vec![grant(&role, "a"), grant("z", &role)];
                acl.sort();
                acl
            });
            let facts = json!({ "text": text, "nested": { "deep": { "text": text } }, "column_order": order });
            let facts = serde_json::from_value(facts).unwrap();
            Object { parent: None, owner, acl, comment, facts }
        }
    }

    fn any_snapshot() -> impl Strategy<Value = Snapshot> {
        let key = ("(table|view)", "[st]", "[tuv]").prop_map(|(kind, schema, name)| Key::new(&kind, &[&schema, &name]));
        proptest::collection::btree_map(key, any_object(), 0..6).prop_map(snapshot)
    }

    proptest! {
        #[test]
        fn nothing_differs_from_itself(a in any_snapshot()) {
            prop_assert!(Delta::between(&a, &a).is_empty());
        }

        #[test]
        fn a_delta_is_empty_exactly_where_fingerprints_are_equal(a in any_snapshot(), b in any_snapshot()) {
            prop_assert_eq!(a.fingerprint() == b.fingerprint(), Delta::between(&a, &b).is_empty());
        }

        #[test]
        fn both_ways_touch_the_same_objects(a in any_snapshot(), b in any_snapshot()) {
            let (there, back) = (Delta::between(&a, &b), Delta::between(&b, &a));
            prop_assert!(there.objects(Form::Created).eq(back.objects(Form::Dropped)));
            prop_assert!(there.objects(Form::Altered).eq(back.objects(Form::Altered)));
        }

        #[test]
        fn json_brings_it_back(a in any_snapshot(), b in any_snapshot()) {
            let delta = Delta::between(&a, &b);
            prop_assert_eq!(&Delta::from_json(&delta.to_json().unwrap()).unwrap(), &delta);
            prop_assert_eq!(&Snapshot::from_json(&a.to_json().unwrap()).unwrap(), &a);
        }

        #[test]
        fn the_digest_does_not_know_the_role(a in any_snapshot(), b in any_snapshot()) {
            let as_role = |snapshot: &Snapshot, role: &str| {
                let name = |text: &mut String| if text == "a" { role.clone_into(text) };
                let mut snapshot = snapshot.clone();
                for object in snapshot.objects.values_mut() {
                    object.owner.iter_mut().for_each(name);
                    for grant in object.acl.iter_mut().flatten() {
                        name(&mut grant.grantee);
                        name(&mut grant.grantor);
                    }
                    if let Some(acl) = &mut object.acl {
                        acl.sort();
                    }
                }
                snapshot
            };
            let digest = |role: &str| Delta::between(&as_role(&a, role), &as_role(&b, role)).normalised(role).digest;
            prop_assert_eq!(digest("a"), digest("zz"));
        }
    }

    #[test]
    fn only_what_both_have_can_stand_in_another_order() {
        assert!(in_same_order(&json!(["a", "b", "c"]), &json!(["a", "c", "d"])));
        assert!(!in_same_order(&json!(["a", "b", "c"]), &json!(["c", "a"])));
        assert!(in_same_order(&Value::Null, &json!(["a"])));
    }
}
