//! The changes between two snapshots, and what can be asked of them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{DeltaError, Need, Renamed};
use crate::base::Digest;
use crate::catalog::{Key, Kind, Noun, Object, digest_of, kinds};

/// The format of the JSON form.
pub const FORMAT: u32 = 1;

/// What stands for the role that applies, once a delta is normalised.
pub const ROLE: &str = "{role}";

/// How an object changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    Dropped,
    Created,
    Altered,
}

/// One fact before and after; null where it was not so.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// `owner`, `acl`, `comment`, or a fact, with a dot for each level: `generated.expression`.
    pub field: String,
    pub from: Value,
    pub to: Value,
}

/// One object that differs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    pub change: Form,
    #[serde(flatten)]
    pub key: Key,
    /// For people: `column public.users.id`.
    pub name: String,
    /// What it lies in, nearest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub within: Vec<Key>,
    /// The whole object, where it was created or dropped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<Object>,
    /// What differs, where it was altered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Field>,
}

/// A noun's number before and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    pub before: u64,
    pub after: u64,
    pub by: i64,
}

/// The ordered difference of two snapshots.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Delta {
    pub format: u32,
    /// The fingerprints of the two snapshots.
    pub before: Digest,
    pub after: Digest,
    /// Over the changes alone.
    pub digest: Digest,
    /// In the order of a tree: each object after what it lies in.
    pub changes: Vec<Change>,
    /// What depends on what among the changes; not part of the digest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dependencies: Vec<Need>,
    /// Every noun that can be counted on both sides.
    pub counts: BTreeMap<Noun, Tally>,
    /// What the changes drop and create, and is one object that has another name; not part of the digest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub renamed: Vec<Renamed>,
}

impl Delta {
    /// No object differs.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Whether this object, or anything that lies in it, differs.
    pub fn touches(&self, key: &Key) -> bool {
        self.changes.iter().any(|change| change.key == *key || change.within.contains(key))
    }

    /// The objects that changed in one form.
    pub fn objects(&self, form: Form) -> impl Iterator<Item = &Key> {
        self.changes.iter().filter(move |change| change.change == form).map(|change| &change.key)
    }

    /// The change of one object.
    pub fn of(&self, key: &Key) -> Option<&Change> {
        self.changes.iter().find(|change| change.key == *key)
    }

    /// The digest over the changes alone: the same whatever else the two databases hold, whatever the oids.
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// The same delta with a placeholder for this role, wherever it owns or grants: a rehearsal as one role and an
    /// apply as another then have one digest.
    #[must_use]
    pub fn normalised(&self, role: &str) -> Self {
        let mut delta = self.clone();
        for need in &mut delta.dependencies {
            replace_in_key(&mut need.of, role);
            replace_in_key(&mut need.on, role);
            (need.name, need.needs) = (need.of.to_string(), need.on.to_string());
        }
        for change in &mut delta.changes {
            for key in change.within.iter_mut().chain([&mut change.key]) {
                replace_in_key(key, role);
            }
            change.name = change.key.to_string();
            if let Some(object) = &mut change.object {
                if object.owner.as_deref() == Some(role) {
                    object.owner = Some(ROLE.to_owned());
                }
                for grant in object.acl.iter_mut().flatten() {
                    for name in [&mut grant.grantee, &mut grant.grantor] {
                        if name == role {
                            ROLE.clone_into(name);
                        }
                    }
                }
                if let Some(acl) = &mut object.acl {
                    acl.sort();
                }
            }
            for field in &mut change.fields {
                for value in [&mut field.from, &mut field.to] {
                    match field.field.as_str() {
                        "owner" => replace(value, role),
                        "acl" => replace_in_grants(value, role),
                        _ => {}
                    }
                }
            }
        }
        // The order follows the names too.
        delta.changes.sort_by_cached_key(super::between::tree_path);
        delta.digest = digest_of(&delta.changes);
        delta
    }

    /// The JSON form, as the package carries it.
    pub fn to_json(&self) -> Result<Vec<u8>, DeltaError> {
        Ok(serde_json::to_vec(self)?)
    }

    /// Reads the JSON form.
    pub fn from_json(json: &[u8]) -> Result<Self, DeltaError> {
        let delta: Self = serde_json::from_slice(json)?;
        if delta.format != FORMAT {
            return Err(DeltaError::Format { found: delta.format, known: FORMAT });
        }
        Ok(Self { digest: digest_of(&delta.changes), ..delta })
    }
}

/// A key as a normalised delta writes it.
pub fn normalised_key(key: &Key, role: &str) -> Key {
    let mut key = key.clone();
    replace_in_key(&mut key, role);
    key
}

fn replace_in_key(key: &mut Key, role: &str) {
    let at = kinds::find(&key.kind).and_then(Kind::role_at);
    if let Some(at) = at.filter(|at| key.path.get(*at).is_some_and(|name| name == role)) {
        key.path = key.path.with(at, ROLE);
    }
}

fn replace(value: &mut Value, role: &str) {
    if value.as_str() == Some(role) {
        *value = Value::from(ROLE);
    }
}

fn replace_in_grants(value: &mut Value, role: &str) {
    let Value::Array(grants) = value else { return };
    for grant in grants.iter_mut() {
        for name in ["grantee", "grantor"] {
            if let Some(value) = grant.get_mut(name) {
                replace(value, role);
            }
        }
    }
    // The order follows the names, and one of them is another now.
    grants.sort_by_cached_key(ToString::to_string);
}
