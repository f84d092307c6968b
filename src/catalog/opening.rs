//! The start of a reading: the session is checked, and what every kind needs is read: catalogs, names, ties and types.

use std::collections::{HashMap, HashSet};

use rustc_hash::{FxHashMap, FxHashSet};

use super::gathered::Gathered;
use super::reader::{Fields, Picked, Reader, Rows, SETTINGS, TypeName, oids, setting};
use super::rows::Asking;
use super::system::Kept;
use super::volatile::{Address, Dependency, Tie, Volatile};
use super::written::Id;
use super::{Catalog, CatalogError, kinds};
use crate::base::{ServerVersion, quote_literal};
use crate::pg::Asked;

impl<'s> Reader<'s> {
    /// Checks the session and reads what every kind needs: roles, types, dependencies.
    pub(super) fn open(
        asking: &'s Asking,
        version: ServerVersion,
        (picked, kept): (Option<Picked>, Option<&'s Kept>),
    ) -> Result<Self, CatalogError> {
        if !(14..=18).contains(&version.major()) {
            return Err(CatalogError::Version { major: version.major() });
        }
        let names = SETTINGS.map(|(name, _)| quote_literal(name)).join(", ");
        let session = format!(
            "SELECT pg_catalog.current_setting('search_path'), pg_catalog.current_database()::text, \
             (SELECT b.oid FROM pg_catalog.pg_database b WHERE b.datname = pg_catalog.current_database()), \
             pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE'), \
             ARRAY(SELECT COALESCE(pg_catalog.current_setting(s, true), '') \
             FROM pg_catalog.unnest(ARRAY[{names}]) WITH ORDINALITY AS u(s, n) ORDER BY n)",
        );
        let rows = asking.rows(&session, Asked::Again)?;
        let row = rows.into_iter().next();
        asking.end()?;
        let row = row.ok_or(CatalogError::Shape { what: "session", because: "no row".to_owned() })?;
        let mut fields = Fields::of(row, "session");
        let (search_path, database) = (fields.text()?, fields.text()?);
        let (database_oid, knows_server, saved) = (fields.oid()?, fields.yes()?, fields.texts()?);
        if !matches!(search_path.as_str(), "pg_catalog" | "pg_catalog, pg_temp") {
            return Err(CatalogError::SearchPath { found: search_path });
        }
        let mut reader = Self {
            asking,
            next: None,
            ahead: None,
            version,
            database,
            knows_server,
            saved,
            classes: FxHashMap::default(),
            whole: HashSet::new(),
            held: HashSet::new(),
            roles: HashMap::new(),
            access_methods: HashMap::new(),
            tablespaces: HashMap::new(),
            indexes: FxHashMap::default(),
            members: FxHashMap::default(),
            hangers_on: Vec::new(),
            types: FxHashMap::default(),
            columns: FxHashMap::default(),
            addresses: FxHashMap::default(),
            picked,
            kept,
            parts: FxHashSet::default(),
            objects: Gathered::default(),
            volatile: Volatile { database_oid, ..Volatile::default() },
            not_covered: Vec::new(),
        };
        let values: Vec<String> = SETTINGS.iter().map(|(_, value)| (*value).to_owned()).collect();
        let set = setting(&values);
        reader.query(&set)?.into_iter().for_each(drop);
        reader.asking.end()?;
        reader.read_classes()?;
        reader.read_held()?;
        reader.read_names()?;
        reader.read_dependencies_and_types()?;
        Ok(reader)
    }

    fn read_classes(&mut self) -> Result<(), CatalogError> {
        let rows = self.query(
            "SELECT c.oid, c.relname::text, pg_catalog.has_any_column_privilege(c.oid, 'SELECT'), \
             pg_catalog.has_table_privilege(c.oid, 'SELECT') \
             FROM pg_catalog.pg_class c WHERE c.relnamespace = 11 AND c.relkind = 'r' AND c.oid < 16384",
        )?;
        for row in &rows {
            let mut fields = Fields::of(row, "catalog");
            let (oid, name, readable) = (fields.oid()?, fields.text()?, fields.yes()?);
            if let Some(known) = Catalog::find(&name) {
                self.classes.insert(oid, (known, readable));
                if fields.yes()? {
                    self.whole.insert(known);
                }
            }
        }
        Ok(())
    }

    /// Which rare kinds there are.
    fn read_held(&mut self) -> Result<(), CatalogError> {
        let rare = kinds::ALL.iter().filter(|kind| kind.is_rare() && self.closed(**kind).is_none());
        let newest = rare.map(|kind| {
            let catalog = kind.catalog();
            // The end of an index.
            format!("('{catalog}', (SELECT pg_catalog.max(t.oid) FROM pg_catalog.{catalog} t))")
        });
        let newest: Vec<String> = newest.collect();
        let rows = self.query(&format!(
            "SELECT u.catalog FROM (VALUES {}) u(catalog, newest) WHERE u.newest >= 16384",
            newest.join(", ")
        ))?;
        for row in &rows {
            self.held.extend(Catalog::find(&Fields::of(row, "catalog").text()?));
        }
        Ok(())
    }

    /// What rows of other catalogs name by oid alone.
    fn read_names(&mut self) -> Result<(), CatalogError> {
        let rows = self.query(
            "SELECT 'r'::\"char\", r.oid, r.rolname FROM pg_catalog.pg_roles r \
             UNION ALL SELECT 'a', a.oid, a.amname FROM pg_catalog.pg_am a \
             UNION ALL SELECT 's', s.oid, s.spcname FROM pg_catalog.pg_tablespace s",
        )?;
        for row in &rows {
            let mut fields = Fields::of(row, "name");
            let names = match fields.letter()? {
                'r' => &mut self.roles,
                'a' => &mut self.access_methods,
                _ => &mut self.tablespaces,
            };
            names.insert(fields.oid()?, fields.text()?);
        }
        Ok(())
    }

    /// One pass over `pg_depend`: members of extensions, and ties between what users made. Then the types.
    fn read_dependencies_and_types(&mut self) -> Result<(), CatalogError> {
        const OF: &str = "SELECT d.classid, d.objid, d.objsubid, d.refclassid, d.refobjid, d.refobjsubid, d.deptype \
             FROM pg_catalog.pg_depend d";
        // Not those that tie a part to its whole where both mean one object, or none: row types and array types (1247),
        // triggers behind foreign keys (2620), the rule that is a view (2618), indexes behind constraints (2606) and
        // TOAST tables (1259).
        const TIES: &str = "d.objid >= 16384 AND (d.refobjid >= 16384 OR d.refobjid = 2200) \
             AND NOT (d.deptype = 'i' AND (d.classid IN (1247, 2618, 2620) \
             OR (d.classid = 1259 AND (d.refclassid = 2606 OR d.refobjsubid = 0))))";
        let sql = match &self.picked {
            None => format!("{OF} WHERE d.deptype IN ('e', 'x') OR ({TIES})"),
            Some(picked) => {
                let class = |id: &Id| {
                    self.classes.iter().find(|(_, (catalog, _))| catalog.name() == id.class).map(|(oid, _)| *oid)
                };
                let (classes, of): (Vec<u32>, Vec<u32>) =
                    picked.ids.iter().filter_map(|id| Some((class(id)?, id.oid))).unzip();
                format!(
                    "{OF} WHERE d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.deptype IN ('e', 'x') \
                     UNION ALL {OF} JOIN ROWS FROM (pg_catalog.unnest({}), pg_catalog.unnest({})) AS u(class, oid) \
                     ON d.classid = u.class AND d.objid = u.oid WHERE d.deptype NOT IN ('e', 'x') AND {TIES}",
                    oids(classes),
                    oids(of)
                )
            }
        };
        let rows = self.query(&sql)?;
        // Both together, as the server need not wait until this one is taken.
        let types = self.ask_types()?;
        for row in &rows {
            let mut fields = Fields::of(row, "dependency");
            let (class, oid, subid) = (fields.oid()?, fields.oid()?, fields.number()?);
            let (on_class, on_oid, on_subid) = (fields.oid()?, fields.oid()?, fields.number()?);
            let Some((class, _)) = self.classes.get(&class).copied() else { continue };
            let tie = match fields.letter()? {
                'e' => {
                    self.members.insert((class, oid), on_oid);
                    continue;
                }
                'n' => Tie::Normal,
                'a' => Tie::Automatic,
                'i' => Tie::Internal,
                'P' | 'S' => Tie::Partition,
                'x' => {
                    self.hangers_on.push((class, oid, on_oid));
                    continue;
                }
                _ => continue,
            };
            let Some((on_class, _)) = self.classes.get(&on_class).copied() else { continue };
            let of = Address::of(class, oid, subid);
            let on = Address::of(on_class, on_oid, on_subid);
            self.volatile.dependencies.push(Dependency { of, on, tie });
        }
        self.take_types(&types)
    }

    /// The names of the types of all columns, each written once.
    fn ask_types(&mut self) -> Result<Rows, CatalogError> {
        let users = self.users("a.attrelid");
        self.query(&format!(
            "SELECT y.oid, u.m, pg_catalog.format_type(u.t, u.m), y.typcollation, y.typstorage, y.typbasetype \
             FROM (SELECT DISTINCT a.atttypid AS t, a.atttypmod AS m FROM pg_catalog.pg_attribute a \
             WHERE {users} AND a.attnum > 0 AND (a.atttypmod <> -1 OR a.atttypid >= 16384) \
             AND NOT a.attisdropped) u JOIN pg_catalog.pg_type y ON y.oid = u.t \
             UNION ALL SELECT y.oid, -1, pg_catalog.format_type(y.oid, -1), y.typcollation, y.typstorage, y.typbasetype \
             FROM pg_catalog.pg_type y WHERE y.oid < 16384"
        ))
    }

    fn take_types(&mut self, rows: &Rows) -> Result<(), CatalogError> {
        for row in rows {
            let mut fields = Fields::of(row, "type");
            let id = (fields.oid()?, fields.number()?);
            let (text, collation, storage) = (fields.text()?, fields.oid()?, fields.letter()?);
            let name = TypeName { text, collation, storage, base: fields.oid()? };
            self.types.insert(id, name);
        }
        Ok(())
    }
}
