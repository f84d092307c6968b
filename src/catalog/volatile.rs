//! What a snapshot knows that is never hashed: oids, positions of sequences, estimates, dependencies.
//! Two databases with the same structure differ in all of it.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash, Hasher};

use serde::{Deserialize, Serialize};

use super::{Catalog, Key};

/// Where PostgreSQL keeps an object: the catalog's name, the row's oid, and the column's number (0 for the whole).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "(Catalog, u32, i32)", into = "(Catalog, u32, i32)")]
pub struct Address {
    pub class: Catalog,
    pub oid: u32,
    pub subid: i32,
}

/// The numbers tell nearly all addresses apart.
impl Hash for Address {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u32(self.oid);
        state.write_u32(self.subid.cast_unsigned());
    }
}

impl Address {
    pub const fn of(class: Catalog, oid: u32, subid: i32) -> Self {
        Self { class, oid, subid }
    }
}

impl From<(Catalog, u32, i32)> for Address {
    fn from((class, oid, subid): (Catalog, u32, i32)) -> Self {
        Self { class, oid, subid }
    }
}

impl From<Address> for (Catalog, u32, i32) {
    fn from(address: Address) -> Self {
        (address.class, address.oid, address.subid)
    }
}

/// How strongly one object depends on another (<https://www.postgresql.org/docs/current/catalog-pg-depend.html>).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tie {
    /// The other cannot be dropped while this one stands.
    Normal,
    /// This one goes when the other is dropped.
    Automatic,
    /// This one is a part of the other: it goes with it, and cannot go alone.
    Internal,
    /// A partition's part that mirrors one of the partitioned table: it goes with either, and cannot go alone.
    Partition,
}

/// One object's dependency on another, by address: `Snapshot::key_of` names both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Dependency {
    pub of: Address,
    pub on: Address,
    pub tie: Tie,
}

/// Everything that is kept but not hashed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Volatile {
    /// Which database it is, among those of its server.
    pub database_oid: u32,
    /// Which server it is on, where the role may ask (`pg_control_system`): oids of two servers mean different things.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system_identifier: Option<String>,
    /// Every address that means an object of the snapshot: an object's own first, then its parts (a default, a row
    /// type, the index behind a constraint).
    #[serde(with = "as_list")]
    pub addresses: BTreeMap<Address, Key>,
    pub dependencies: Vec<Dependency>,
    /// The last value a sequence gave, where the role may read it and one was given.
    #[serde(with = "as_list")]
    pub last_values: BTreeMap<Key, i64>,
    /// Materialized views that were never filled, or emptied: what they hold is data, a structural copy has none.
    pub unpopulated: BTreeSet<Key>,
    /// The version of the library a collation was made with.
    #[serde(with = "as_list")]
    pub collation_versions: BTreeMap<Key, String>,
    /// The planner's estimate of rows, where there is one.
    #[serde(with = "as_list")]
    pub row_estimates: BTreeMap<Key, i64>,
}

impl Volatile {
    /// The same, of objects that have other keys.
    #[must_use]
    pub fn with_keys(&self, other: impl Fn(&Key) -> Key) -> Self {
        fn of<V: Clone>(map: &BTreeMap<Key, V>, other: impl Fn(&Key) -> Key) -> BTreeMap<Key, V> {
            map.iter().map(|(key, value)| (other(key), value.clone())).collect()
        }
        Self {
            database_oid: self.database_oid,
            system_identifier: self.system_identifier.clone(),
            addresses: self.addresses.iter().map(|(address, key)| (*address, other(key))).collect(),
            dependencies: self.dependencies.clone(),
            last_values: of(&self.last_values, &other),
            unpopulated: self.unpopulated.iter().map(&other).collect(),
            collation_versions: of(&self.collation_versions, &other),
            row_estimates: of(&self.row_estimates, &other),
        }
    }

    /// Whether both are of one database, as far as can be told: then an oid means the same in both. Where only one of the
    /// two knows its server, nothing is told.
    pub fn is_of_the_same_database(&self, other: &Self) -> bool {
        self.database_oid != 0
            && self.database_oid == other.database_oid
            && self.system_identifier == other.system_identifier
    }
}

/// Maps whose keys are not texts, as lists of pairs.
pub(super) mod as_list {
    use std::collections::BTreeMap;

    use serde::de::Deserializer;
    use serde::ser::Serializer;
    use serde::{Deserialize, Serialize};

    pub fn serialize<K: Serialize, V: Serialize, S: Serializer>(
        map: &BTreeMap<K, V>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(map)
    }

    pub fn deserialize<'de, K, V, D>(deserializer: D) -> Result<BTreeMap<K, V>, D::Error>
    where
        K: Deserialize<'de> + Ord,
        V: Deserialize<'de>,
        D: Deserializer<'de>,
    {
        Ok(Vec::<(K, V)>::deserialize(deserializer)?.into_iter().collect())
    }
}
