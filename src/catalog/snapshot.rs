//! The whole catalog of one database at one instant.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{CatalogError, Key};
use crate::base::{Digest, ServerVersion};
use crate::pg::Session;

/// One object: what is common to all kinds, and the facts of its kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Object {
    pub owner: Option<String>,
    pub comment: Option<String>,
    pub facts: Map<String, Value>,
}

/// A kind that is not read, and why that matters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotCovered {
    pub kind: String,
    pub because: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    pub format: u32,
    pub server: ServerVersion,
    pub database: String,
    pub objects: BTreeMap<Key, Object>,
    pub not_covered: Vec<NotCovered>,
}

impl Snapshot {
    pub fn read(_session: &mut Session) -> Result<Self, CatalogError> {
        unreachable!("being built")
    }

    pub fn fingerprint(&self) -> Digest {
        unreachable!("being built")
    }
}
