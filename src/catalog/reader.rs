//! Reads the kinds of one database, a fixed number of queries whatever its size, and fewer where it has none of a rare
//! kind: kinds ask for rows, name what they find, and the reader keeps names, addresses and what is in the way.

use std::collections::{BTreeSet, HashMap, HashSet};

use compact_str::CompactString;
use rustc_hash::{FxHashMap, FxHashSet};

use super::attributes::plain_privileges;
pub use super::fields::Fields;
use super::gathered::Gathered;
use super::index_rows::IndexRow;
use super::kinds::{self, Kind};
use super::rows::Asking;
pub use super::rows::Rows;
use super::system::Kept;
use super::volatile::{Address, Volatile};
use super::written::Id;
use super::{Catalog, CatalogError, Key, NotCovered, Object, Snapshot};
use crate::base::{ServerVersion, quote_literal};
use crate::pg::Asked;

/// Settings that change how PostgreSQL writes expressions; set for the reading only and put back afterwards.
pub(super) const SETTINGS: [(&str, &str); 8] = [
    ("DateStyle", "ISO, MDY"),
    ("IntervalStyle", "postgres"),
    ("TimeZone", "UTC"),
    ("extra_float_digits", "1"),
    ("bytea_output", "hex"),
    ("quote_all_identifiers", "off"),
    // Compiling our queries costs more than running them.
    ("jit", "off"),
    // Local to a transaction: gone at the end of the reading when there was none.
    ("pgwarrant.reading", "yes"),
];

/// A type as columns show it.
#[derive(Clone, Debug)]
pub struct TypeName {
    pub text: String,
    pub collation: u32,
    pub storage: char,
    /// What a domain is made of.
    pub base: u32,
}

/// What others have to know of a column.
#[derive(Clone, Debug)]
pub struct KnownColumn {
    pub name: CompactString,
    pub data_type: u32,
    pub modifier: i32,
    pub collation: u32,
}

/// What an earlier reading in the same transaction left to this one.
#[derive(Default)]
pub(super) struct Earlier<'q> {
    /// None where everything is read.
    pub picked: Option<Picked>,
    /// None where the server's own objects are read.
    pub kept: Option<&'q Kept>,
    /// What it asked, and may be asked again.
    pub queries: &'q [String],
}

/// What is read where the rest is known already.
pub(super) struct Picked {
    /// Relations, types and routines, and the indexes of relations.
    pub oids: BTreeSet<u32>,
    /// What else was touched: its ties are read anew.
    pub ids: BTreeSet<Id>,
    /// The snapshot without all of this.
    pub rest: Snapshot,
}

/// What the kinds read with.
pub struct Reader<'s> {
    pub(super) asking: &'s Asking,
    /// The kind that comes next, and its first query where that is asked already.
    pub(super) next: Option<&'static dyn Kind>,
    pub(super) ahead: Option<(String, Rows)>,
    pub(super) version: ServerVersion,
    pub(super) database: String,
    /// Whether the role may ask which server it is.
    pub(super) knows_server: bool,
    pub(super) saved: Vec<String>,
    /// Catalogs by oid: name, and whether the role may read them.
    pub(super) classes: FxHashMap<u32, (Catalog, bool)>,
    /// Catalogs of which the role may read every column.
    pub(super) whole: HashSet<Catalog>,
    /// Catalogs of rare kinds that hold something.
    pub(super) held: HashSet<Catalog>,
    pub(super) roles: HashMap<u32, String>,
    pub(super) access_methods: HashMap<u32, String>,
    pub(super) tablespaces: HashMap<u32, String>,
    /// Indexes that no kind has taken yet.
    pub(super) indexes: FxHashMap<u32, IndexRow>,
    /// What belongs to an extension, and to which.
    pub(super) members: FxHashMap<(Catalog, u32), u32>,
    /// What goes when an extension goes, without belonging to it.
    pub(super) hangers_on: Vec<(Catalog, u32, u32)>,
    pub(super) types: FxHashMap<(u32, i32), TypeName>,
    pub(super) columns: FxHashMap<(u32, i16), KnownColumn>,
    pub(super) addresses: FxHashMap<Address, Key>,
    /// None where everything is read.
    pub(super) picked: Option<Picked>,
    /// None where the server's own objects are read.
    pub(super) kept: Option<&'s Kept>,
    /// Parts that may go without the object they belong to.
    pub(super) parts: FxHashSet<Address>,
    pub(super) objects: Gathered,
    pub(super) volatile: Volatile,
    pub(super) not_covered: Vec<NotCovered>,
}

impl Reader<'_> {
    pub fn version(&self) -> ServerVersion {
        self.version
    }

    /// Asks one of the fixed queries; answers come in the order of asking.
    pub fn query(&mut self, sql: &str) -> Result<Rows, CatalogError> {
        match self.ahead.take() {
            Some((asked, rows)) if asked == sql => Ok(rows),
            Some((asked, _)) => {
                Err(CatalogError::Shape { what: "reading", because: format!("nobody took the answer to {asked}") })
            }
            None => self.asking.rows(sql, self.asked()),
        }
    }

    /// Asks what no other reading would ask in the same words: it names what was found.
    pub fn query_once(&mut self, sql: &str) -> Result<Rows, CatalogError> {
        self.asking.rows(sql, Asked::Once)
    }

    /// The same as `query` where a kind asks nothing more.
    pub fn last_query(&mut self, sql: &str) -> Result<Rows, CatalogError> {
        let rows = self.query(sql)?;
        self.ask_ahead()?;
        Ok(rows)
    }

    /// Asks the first query of the next kind, so that the server works on it while objects are made of the last rows of
    /// this one.
    pub fn ask_ahead(&mut self) -> Result<(), CatalogError> {
        if let Some(kind) = self.next
            && self.closed(kind).is_none()
            && let Some(first) = kind.first_query(self)
        {
            let coming = self.asking.rows(&first, self.asked())?;
            self.ahead = Some((first, coming));
        }
        Ok(())
    }

    /// What is picked is named in every query.
    fn asked(&self) -> Asked {
        if self.reads_all() { Asked::Again } else { Asked::Once }
    }

    /// Asks what the server takes long to answer, of all kinds.
    pub(super) fn ask_slow(&mut self) -> Result<Vec<(&'static dyn Kind, Rows)>, CatalogError> {
        let open = kinds::ALL.iter().filter(|kind| self.closed(**kind).is_none());
        let asked: Vec<_> = open.filter_map(|kind| Some((*kind, kind.slow_query(self)?))).collect();
        asked.into_iter().map(|(kind, query)| Ok((kind, self.asking.rows(&query, self.asked())?))).collect()
    }

    pub(super) fn read_slow(&mut self, asked: &[(&dyn Kind, Rows)]) -> Result<(), CatalogError> {
        for (kind, rows) in asked {
            kind.read_slow(self, rows)?;
        }
        self.asking.end()
    }

    /// The condition that picks what is read, by the column that holds the oid of each: what users made.
    pub fn users(&self, column: &str) -> String {
        match &self.picked {
            None => format!("{column} >= 16384"),
            Some(picked) => format!("{column} = ANY ({})", oids(picked.oids.iter().copied())),
        }
    }

    /// Whether nothing is known yet.
    pub fn reads_all(&self) -> bool {
        self.picked.is_none()
    }

    /// The options of a relation `c`, and those of its TOAST table with `toast.` before.
    pub fn options(&self) -> String {
        // Few TOAST tables have any: which ones is found once where all are read.
        let has_some = if self.reads_all() {
            "c.reltoastrelid IN \
             (SELECT t.oid FROM pg_catalog.pg_class t WHERE t.relkind = 't' AND t.reloptions IS NOT NULL)"
        } else {
            "c.reltoastrelid <> 0"
        };
        format!(
            "COALESCE(c.reloptions, '{{}}') || CASE WHEN {has_some} \
             THEN ARRAY(SELECT 'toast.' || o FROM pg_catalog.pg_class t, pg_catalog.unnest(t.reloptions) o \
             WHERE t.oid = c.reltoastrelid) ELSE '{{}}' END"
        )
    }

    /// The catalog that keeps a kind from being read.
    pub(super) fn closed(&self, kind: &dyn Kind) -> Option<Catalog> {
        let closed = |catalog| self.classes.values().any(|(known, readable)| *known == catalog && !readable);
        kind.catalogs().iter().copied().find(|catalog| closed(*catalog))
    }

    /// Reads one kind, or says why it is not read. What comes after it may be asked ahead.
    pub(super) fn read(&mut self, kind: &dyn Kind, next: Option<&'static dyn Kind>) -> Result<(), CatalogError> {
        self.next = next;
        if let Some(catalog) = self.closed(kind) {
            let because = format!("the role may not read pg_catalog.{catalog}");
            self.not_covered.push(NotCovered { kind: kind.name().to_owned(), because, held: None });
            return Ok(());
        }
        if kind.is_rare() && !self.held.contains(&kind.catalog()) {
            return Ok(());
        }
        kind.read(self)
    }

    pub(super) fn say(&mut self, not_covered: NotCovered) {
        self.not_covered.push(not_covered);
    }

    /// How many objects belong to extensions.
    pub(super) fn members(&self) -> usize {
        self.members.len()
    }

    /// Whether an extension brought anything, beside those that the server itself brought.
    pub fn has_members(&self) -> bool {
        self.members.keys().any(|(_, oid)| *oid >= 16384)
    }

    /// Whether the role may read every column of a catalog of the kinds.
    pub fn reads_whole(&self, catalog: Catalog) -> bool {
        self.whole.contains(&catalog)
    }

    /// A role's name; the number where it is gone.
    pub fn role(&self, oid: u32) -> String {
        self.roles.get(&oid).cloned().unwrap_or_else(|| oid.to_string())
    }

    /// An access method's name; none behind the number 0.
    pub fn access_method(&self, oid: u32) -> Option<String> {
        self.access_methods.get(&oid).cloned()
    }

    /// A tablespace's name; the number 0 is the database's own.
    pub fn tablespace(&self, oid: u32) -> Option<String> {
        self.tablespaces.get(&oid).cloned()
    }

    /// The name of a schema that is in the snapshot.
    pub fn schema(&self, oid: u32) -> Option<&str> {
        self.key(Catalog::Namespace, oid).map(Key::name)
    }

    /// The keys of something in a schema, and of the schema; None where the snapshot does not hold that.
    pub fn in_schema(&self, kind: &str, schema: u32, name: &str) -> Option<(Key, Key)> {
        let schema = self.key(Catalog::Namespace, schema)?;
        Some((schema.child(kind, name), schema.clone()))
    }

    /// The relation with this oid, if the snapshot holds it.
    pub fn relation(&self, oid: u32) -> Option<&Key> {
        self.key(Catalog::Class, oid)
    }

    /// A relation's name; `written` is how the server writes it, for what the snapshot does not hold: an extension's.
    pub fn relation_name(&self, oid: u32, written: String) -> String {
        self.relation(oid).map_or(written, Key::sql)
    }

    /// The object with this oid, if the snapshot holds it.
    pub fn key(&self, class: Catalog, oid: u32) -> Option<&Key> {
        self.at(&Address::of(class, oid, 0))
    }

    pub(super) fn at(&self, address: &Address) -> Option<&Key> {
        let known = || self.picked.as_ref().and_then(|picked| picked.rest.volatile.addresses.get(address));
        self.addresses.get(address).or_else(known)
    }

    pub fn object(&self, key: &Key) -> Option<&Object> {
        self.objects.get(key)
    }

    pub fn object_mut(&mut self, key: &Key) -> Option<&mut Object> {
        self.objects.get_mut(key)
    }

    /// A column's type; `number` is its modifier.
    pub fn type_name(&self, oid: u32, modifier: i32) -> Result<&TypeName, CatalogError> {
        self.types.get(&(oid, modifier)).ok_or_else(|| CatalogError::Shape {
            what: "column",
            because: format!("its type {oid} appeared while the catalog was read"),
        })
    }

    pub fn name_column(&mut self, relation: u32, number: i16, column: KnownColumn) {
        self.columns.insert((relation, number), column);
    }

    /// A column by its number.
    pub fn known_column(&self, relation: u32, number: i16) -> Result<&KnownColumn, CatalogError> {
        self.columns.get(&(relation, number)).ok_or_else(|| CatalogError::Shape {
            what: "column number",
            because: format!("relation {relation} has no column {number}"),
        })
    }

    /// A column's name by its number.
    pub fn column(&self, relation: u32, number: i16) -> Result<String, CatalogError> {
        let known = self.known_column(relation, number).map(|column| column.name.to_string());
        known.or_else(|missing| {
            let address = Address::of(Catalog::Class, relation, i32::from(number));
            self.at(&address).map(|key| key.name().to_owned()).ok_or(missing)
        })
    }

    /// The names of several columns.
    pub fn column_names(&self, relation: u32, numbers: &[i16]) -> Result<Vec<String>, CatalogError> {
        numbers.iter().map(|number| self.column(relation, *number)).collect()
    }

    /// Puts an object into the snapshot, unless it belongs to an extension.
    pub fn add(&mut self, address: Address, key: Key, mut object: Object) -> bool {
        if address.subid == 0 && self.members.contains_key(&(address.class, address.oid)) {
            return false;
        }
        if object.acl.is_some()
            && let Some(kind) = kinds::find(&key.kind)
        {
            plain_privileges(kind, &mut object, self.version);
        }
        self.addresses.insert(address, key.clone());
        self.objects.insert(key, object);
        true
    }

    /// Puts something into the snapshot that the server or an extension brought.
    pub fn add_brought(&mut self, address: Address, key: Key, object: Object) {
        self.addresses.insert(address, key.clone());
        self.objects.insert(key, object);
    }

    /// Puts something into the snapshot that stands for many.
    pub fn add_unaddressed(&mut self, key: Key, object: Object) {
        self.objects.insert(key, object);
    }

    /// The name of a catalog by its oid.
    pub fn class(&self, oid: u32) -> Option<Catalog> {
        self.classes.get(&oid).map(|(catalog, _)| *catalog)
    }

    /// Another address that means this object: its default, its row type, the index behind it.
    pub fn also(&mut self, address: Address, key: &Key) {
        self.addresses.insert(address, key.clone());
    }

    /// A part of this object that may go alone: the object depends on what its part depends on, but stays.
    pub fn part(&mut self, address: Address, key: &Key) {
        self.parts.insert(address);
        self.also(address, key);
    }

    pub fn estimate_rows(&mut self, key: &Key, rows: i64) {
        self.volatile.row_estimates.insert(key.clone(), rows);
    }

    pub fn unpopulated(&mut self, key: &Key) {
        self.volatile.unpopulated.insert(key.clone());
    }

    pub fn collation_version(&mut self, key: &Key, version: String) {
        self.volatile.collation_versions.insert(key.clone(), version);
    }

    pub fn last_value(&mut self, key: &Key, value: i64) {
        self.volatile.last_values.insert(key.clone(), value);
    }
}

/// Gives every setting its value, until the transaction ends.
pub(super) fn setting(values: &[String]) -> String {
    let each: Vec<String> = SETTINGS
        .iter()
        .zip(values)
        .map(|((name, _), value)| {
            format!("pg_catalog.set_config({}, {}, true)", quote_literal(name), quote_literal(value))
        })
        .collect();
    format!("SELECT {}", each.join(", "))
}

/// A list of oids as SQL.
pub(super) fn oids(list: impl IntoIterator<Item = u32>) -> String {
    let list: Vec<String> = list.into_iter().map(|oid| oid.to_string()).collect();
    format!("'{{{}}}'::pg_catalog.oid[]", list.join(","))
}
