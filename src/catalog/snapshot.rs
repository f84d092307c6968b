//! The whole catalog of one database at one instant.

use std::collections::BTreeMap;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use super::reader::{Earlier, Reader};
use super::rows::Asking;
use super::volatile::{Address, Volatile};
use super::{
    Catalog, CatalogError, Facts, Grant, Key, Kind, NotCovered, Object, Objects, Path, kinds, not_covered, objects,
    system,
};
use crate::base::{Digest, ServerVersion, both, canonical};
use crate::pg::Session;

/// The format of the JSON form.
const FORMAT: u32 = 1;

/// The relations, by kind, in the order `find_relation` looks.
const RELATIONS: [&str; 5] = ["table", "view", "materialized_view", "foreign_table", "sequence"];

/// All objects that users made in one database, and what is known beside them.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    pub server: ServerVersion,
    pub database: String,
    /// What is hashed.
    pub objects: Objects,
    /// What PostgreSQL may hold and this snapshot does not.
    pub not_covered: Vec<NotCovered>,
    /// What is never hashed.
    pub volatile: Volatile,
}

impl Snapshot {
    /// Reads the catalog in a number of round trips that its size does not change. `Snapshot::begin` is for a database that others change.
    ///
    /// The caller has opened the transaction (`REPEATABLE READ READ ONLY`, or the one of the apply, whose own
    /// uncommitted changes are seen) and pinned `search_path=pg_catalog`, under which PostgreSQL writes every
    /// user's name with its schema; both are checked. Other settings that change how expressions are written are
    /// set for the reading and put back. Writing out views, defaults and checks takes ACCESS SHARE locks on what they
    /// name, which are held until the transaction ends.
    pub fn read(session: &mut Session) -> Result<Self, CatalogError> {
        Ok(Self::read_with(session, Earlier::default())?.0)
    }

    /// Reads all, or what is picked and the kinds that are read whole. What an earlier reading asked is asked at once; the
    /// questions of this one come with the snapshot.
    pub(super) fn read_with(session: &mut Session, earlier: Earlier<'_>) -> Result<(Self, Vec<String>), CatalogError> {
        let version = session.version();
        let Earlier { picked, kept, queries } = earlier;
        std::thread::scope(|scope| {
            let asking = &Asking::begin(scope, session, queries);
            let read = || {
                let mut reader = Reader::open(asking, version, (picked, kept))?;
                for (at, kind) in kinds::ALL.iter().enumerate() {
                    reader.read(*kind, kinds::ALL.get(at + 1).copied())?;
                }
                system::read(&mut reader)?;
                not_covered::say(&mut reader);
                reader.close()
            };
            let read = read();
            // Rows that failed to come explain what a kind found missing.
            Ok((asking.end().and(read)?, asking.again()))
        })
    }

    pub(super) fn empty(server: ServerVersion, database: String, database_oid: u32) -> Self {
        let volatile = Volatile { database_oid, ..Volatile::default() };
        Self { server, database, objects: Objects::default(), not_covered: Vec::new(), volatile }
    }

    /// The digest of all hashed facts: equal for equal structure, on whatever server and under whatever oids.
    pub fn fingerprint(&self) -> Digest {
        self.objects.fingerprint().clone()
    }

    /// The part of it that a structural dump takes along and that the other snapshot covers too: subscriptions and
    /// user mappings stay behind (they hold secrets, and a copy must not subscribe), the database itself is another.
    #[must_use]
    pub fn as_dumped(&self, other: &Self) -> Self {
        let covered = |snapshot: &Self, kind: &str| snapshot.not_covered.iter().all(|missing| missing.kind != kind);
        let mut dumped = self.clone();
        dumped.objects.retain(|key, _| {
            let is_dumped = kinds::find(&key.kind).is_none_or(Kind::is_dumped);
            is_dumped && covered(self, &key.kind) && covered(other, &key.kind)
        });
        dumped
    }

    /// The JSON form, which `from_json` reads.
    pub fn to_json(&self) -> Result<Vec<u8>, CatalogError> {
        let document = DocumentRef {
            format: FORMAT,
            server: self.server,
            database: &self.database,
            fingerprint: self.fingerprint(),
            objects: self.objects.entries().collect(),
            not_covered: &self.not_covered,
            volatile: &self.volatile,
        };
        Ok(serde_json::to_vec(&document)?)
    }

    /// Reads the JSON form; an unknown format, and facts that do not have the fingerprint written beside them, are
    /// errors.
    pub fn from_json(json: &[u8]) -> Result<Self, CatalogError> {
        let document: Document<'_> = match serde_json::from_slice(json) {
            Ok(document) => document,
            // What has another form may well have another format.
            Err(failure) => return Err(of_format(json).err().unwrap_or_else(|| failure.into())),
        };
        known_format(&document.format)?;
        // Each is about half of it.
        let objects = || -> Result<_, serde_json::Error> {
            let entries: Vec<Entry> = serde_json::from_str(document.objects.get())?;
            Ok(entries.into_iter().map(Entry::parted).collect())
        };
        let (objects, volatile) = both(objects, || serde_json::from_str(document.volatile.get()));
        let snapshot = Self {
            server: document.server,
            database: document.database,
            objects: objects?,
            not_covered: document.not_covered,
            volatile: volatile?,
        };
        let found = snapshot.fingerprint();
        if found != document.fingerprint {
            return Err(CatalogError::Altered { found, stated: document.fingerprint });
        }
        Ok(snapshot)
    }

    /// What an address means: `snapshot.key_of("pg_class", 16384, 2)` is a column.
    pub fn key_of(&self, class: &str, oid: u32, subid: i32) -> Option<&Key> {
        self.volatile.addresses.get(&Address::of(Catalog::find(class)?, oid, subid))
    }

    /// Where an object itself is kept.
    pub fn address_of(&self, key: &Key) -> Option<&Address> {
        let catalog = kinds::find(&key.kind)?.catalog();
        self.volatile
            .addresses
            .iter()
            .find(|(address, named)| *named == key && address.class == catalog)
            .map(|(a, _)| a)
    }

    /// The address of each object itself.
    pub fn own_addresses(&self) -> BTreeMap<&Key, &Address> {
        self.own_addresses_among(|_| true)
    }

    /// The address of each object itself, of those that are wanted.
    pub fn own_addresses_among(&self, wanted: impl Fn(&Key) -> bool) -> BTreeMap<&Key, &Address> {
        let mut own = BTreeMap::new();
        for (address, key) in self.volatile.addresses.iter().filter(|(_, key)| wanted(key)) {
            if kinds::find(&key.kind).is_some_and(|kind| kind.catalog() == address.class) {
                own.entry(key).or_insert(address);
            }
        }
        own
    }

    /// What an object lies in.
    pub fn parent(&self, key: &Key) -> Option<&Key> {
        self.objects.get(key)?.parent.as_ref()
    }

    /// What it lies in, and what that lies in, nearest first.
    pub fn ancestors(&self, key: &Key) -> Vec<&Key> {
        std::iter::successors(self.parent(key), |key| self.parent(key)).take(8).collect()
    }

    /// What lies directly in an object, in order.
    pub fn children(&self, key: &Key) -> impl Iterator<Item = (&Key, &Object)> {
        self.objects.children(key)
    }

    /// The table, view, materialized view or sequence of this name.
    pub fn find_relation(&self, schema: &str, name: &str) -> Option<(&Key, &Object)> {
        RELATIONS.into_iter().find_map(|kind| self.objects.get_key_value(&Key::new(kind, &[schema, name])))
    }

    /// All objects of a kind, in order.
    pub fn of_kind<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = (&'a Key, &'a Object)> {
        let first = Key { kind: kind.into(), path: Path::default() };
        self.objects.from(first).take_while(move |(key, _)| key.kind == kind)
    }
}

fn known_format(format: &Value) -> Result<(), CatalogError> {
    if format.as_u64() == Some(u64::from(FORMAT)) {
        return Ok(());
    }
    Err(CatalogError::Format { found: format.to_string(), known: FORMAT })
}

/// An error where the text states another format, whatever else it holds.
fn of_format(json: &[u8]) -> Result<(), CatalogError> {
    #[derive(Deserialize)]
    struct Stated {
        #[serde(default)]
        format: Value,
    }
    serde_json::from_slice::<Stated>(json).map_or(Ok(()), |stated| known_format(&stated.format))
}

/// The digest of the canonical form. Facts are a tree of texts, whole numbers and truths: it always has one.
pub(crate) fn digest_of(facts: &impl Serialize) -> Digest {
    match canonical::bytes(facts) {
        Ok(bytes) => Digest::of(&bytes),
        Err(error) => unreachable!("facts have a canonical form: {error}"),
    }
}

/// An object as `objects::Entry` writes it.
#[derive(Deserialize)]
struct Entry {
    kind: CompactString,
    path: Path,
    #[serde(default)]
    parent: Option<Key>,
    #[serde(default)]
    owner: Option<String>,
    #[serde(default)]
    acl: Option<Vec<Grant>>,
    #[serde(default)]
    comment: Option<String>,
    #[serde(default)]
    facts: Facts,
}

impl Entry {
    fn parted(self) -> (Key, Object) {
        let Self { kind, path, parent, owner, acl, comment, facts } = self;
        (Key { kind, path }, Object { parent, owner, acl, comment, facts })
    }
}

#[derive(Serialize)]
struct DocumentRef<'a> {
    format: u32,
    server: ServerVersion,
    database: &'a str,
    fingerprint: Digest,
    objects: Vec<objects::Entry<'a>>,
    not_covered: &'a [NotCovered],
    volatile: &'a Volatile,
}

#[derive(Deserialize)]
struct Document<'j> {
    format: Value,
    server: ServerVersion,
    database: String,
    fingerprint: Digest,
    #[serde(borrow)]
    objects: &'j RawValue,
    not_covered: Vec<NotCovered>,
    #[serde(borrow)]
    volatile: &'j RawValue,
}
