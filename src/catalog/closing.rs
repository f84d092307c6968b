//! The end of a reading: comments, what is no row of a catalog, and the snapshot put together.

use std::collections::{BTreeMap, BTreeSet};

use super::attributes::{EXTENSIONS, LABELS};
use super::reader::{Fields, Reader, oids, setting};
use super::{Address, Catalog, CatalogError, Key, Object, Snapshot, Tie, Volatile, kinds};
use crate::base::both;

impl Reader<'_> {
    /// Reads the comments, puts the settings back, and hands over the snapshot.
    pub(super) fn close(mut self) -> Result<Snapshot, CatalogError> {
        self.read_comments()?;
        self.note_hangers_on();
        let server = if self.knows_server {
            "(SELECT s.system_identifier::text FROM pg_catalog.pg_control_system() s)"
        } else {
            "NULL::text"
        };
        let rows = self.query(&format!(
            "SELECT pg_catalog.current_setting('pgwarrant.reading', true) IS NOT DISTINCT FROM 'yes', {server}"
        ))?;
        let row = rows.into_iter().next();
        self.asking.end()?;
        let row = row.ok_or(CatalogError::NoTransaction)?;
        let mut fields = Fields::of(row, "transaction");
        if !fields.yes()? {
            return Err(CatalogError::NoTransaction);
        }
        let system_identifier = fields.maybe_text()?;
        // Last of all, whatever was asked ahead.
        self.query_once(&setting(&self.saved))?.into_iter().for_each(drop);
        self.asking.end()?;
        // A member's address means its extension.
        for ((class, oid), extension) in std::mem::take(&mut self.members) {
            if self.key(class, oid).is_none()
                && let Some(key) = self.key(Catalog::Extension, extension).cloned()
            {
                self.also(Address::of(class, oid, 0), &key);
            }
        }
        let Self { version, database, objects, addresses, mut volatile, mut not_covered, parts, picked, .. } = self;
        // What was only needed for names makes room.
        drop((self.columns, self.types));
        let mut snapshot = match picked {
            Some(picked) => picked.rest,
            None => Snapshot::empty(version, database, volatile.database_oid),
        };
        let (whole, all) = (&mut snapshot.volatile, &mut snapshot.objects);
        // The server has nothing to do any more: its share of the machine is ours.
        both(
            || {
                let known = |address: &Address| addresses.get(address).or_else(|| whole.addresses.get(address));
                for dependency in &mut volatile.dependencies {
                    if parts.contains(&dependency.of) {
                        dependency.tie = Tie::Normal;
                    }
                }
                volatile.dependencies.retain(|dependency| match (known(&dependency.of), known(&dependency.on)) {
                    (Some(of), Some(on)) => of != on,
                    _ => false,
                });
                whole.dependencies.append(&mut volatile.dependencies);
                // What was known is in order: a sort that sees it costs no more than what came.
                whole.dependencies.sort();
                whole.dependencies.dedup();
                let mut addresses: Vec<(Address, Key)> = addresses.into_iter().collect();
                addresses.sort_unstable_by_key(|(address, _)| *address);
                add(&mut whole.addresses, addresses);
            },
            || add(all.map_mut(), objects.sorted()),
        );
        not_covered.sort_by(|a, b| a.kind.cmp(&b.kind));
        let Volatile { last_values, unpopulated, collation_versions, row_estimates, .. } = volatile;
        whole.system_identifier = system_identifier;
        whole.last_values.extend(last_values);
        whole.unpopulated.extend(unpopulated);
        whole.collation_versions.extend(collation_versions);
        whole.row_estimates.extend(row_estimates);
        snapshot.not_covered = not_covered;
        Ok(snapshot)
    }

    /// What an extension takes along when it is dropped (`ALTER ... DEPENDS ON EXTENSION`).
    fn note_hangers_on(&mut self) {
        for (class, oid, extension) in std::mem::take(&mut self.hangers_on) {
            let Some(extension) = self.key(Catalog::Extension, extension).map(|key| key.name().to_owned()) else {
                continue;
            };
            let Some(key) = self.key(class, oid).cloned() else { continue };
            let Some(object) = self.objects.get_mut(&key) else { continue };
            add_text(object, EXTENSIONS, extension);
        }
    }

    /// Comments and security labels.
    fn read_comments(&mut self) -> Result<(), CatalogError> {
        // The server's own comments are a digest among the facts of the database.
        let mut commented = "(d.objoid >= 16384 OR d.objoid = 2200 OR d.classoid IN \
             ('pg_catalog.pg_extension'::pg_catalog.regclass, 'pg_catalog.pg_largeobject'::pg_catalog.regclass))"
            .to_owned();
        let mut labelled = "true".to_owned();
        if self.picked.is_some() {
            let fresh = oids(self.addresses.keys().map(|address| address.oid).collect::<BTreeSet<u32>>());
            commented = format!("{commented} AND d.objoid = ANY ({fresh})");
            labelled = format!("l.objoid = ANY ({fresh})");
        }
        let rows = self.query(&format!(
            "SELECT d.classoid, d.objoid, d.objsubid, d.description, NULL::text FROM pg_catalog.pg_description d \
             WHERE {commented} \
             UNION ALL SELECT l.classoid, l.objoid, l.objsubid, l.label, l.provider FROM pg_catalog.pg_seclabel l WHERE {labelled} \
             UNION ALL SELECT l.classoid, l.objoid, 0, l.label, l.provider FROM pg_catalog.pg_shseclabel l WHERE {labelled}"
        ))?;
        for row in &rows {
            let mut fields = Fields::of(row, "comment");
            let (class, oid, subid, text) = (fields.oid()?, fields.oid()?, fields.number()?, fields.text()?);
            let provider = fields.maybe_text()?;
            let Some((class, _)) = self.classes.get(&class).copied() else { continue };
            // Large objects have their privileges in one catalog and their comments in the name of the other.
            let class = if class == Catalog::Largeobject { Catalog::LargeobjectMetadata } else { class };
            let Some(key) = self.addresses.get(&Address::of(class, oid, subid)) else { continue };
            // What an extension brought has comments of the extension.
            if self.members.contains_key(&(class, oid)) {
                continue;
            }
            // A comment on a part (the index behind a key, a row type) is a fact; kinds read those of constraints.
            let part = parts_of(class, key);
            let Some(object) = self.objects.get_mut(key) else { continue };
            if let Some(provider) = provider {
                add_text(object, LABELS, format!("{provider}={text}"));
            } else if !part {
                object.comment = Some(text);
            } else if class != Catalog::Constraint {
                object.facts.insert(format!("comment_in_{class}"), text.into());
            }
        }
        Ok(())
    }
}

/// Adds a text to a sorted list among the facts.
fn add_text(object: &mut Object, fact: &str, text: String) {
    let mut texts: Vec<String> = object.texts(fact).into_iter().map(str::to_owned).collect();
    texts.push(text);
    texts.sort();
    texts.dedup();
    object.facts.insert(fact, texts.into());
}

/// Adds many at once to a map that is empty, or some to one that is not.
fn add<K: Ord, V>(map: &mut BTreeMap<K, V>, more: Vec<(K, V)>) {
    if map.is_empty() {
        *map = more.into_iter().collect();
    } else {
        map.extend(more);
    }
}

/// Whether rows of this catalog are mere parts of such objects (a row type, the index behind a constraint).
fn parts_of(class: Catalog, key: &Key) -> bool {
    kinds::find(&key.kind).is_some_and(|kind| kind.catalog() != class)
}
