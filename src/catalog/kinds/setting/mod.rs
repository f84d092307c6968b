//! Settings that sessions of this database start with (`ALTER DATABASE ... SET`), for all roles or for one
//! (`ALTER ROLE ... IN DATABASE ... SET`). Settings that PostgreSQL does not know (`app.token`) may hold secrets: a
//! snapshot says that they are set.

pub mod ddl;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::catalog::kinds::database::NAME;
use crate::catalog::object::{PUBLIC, facts_of};
use crate::catalog::reader::{Fields, Reader};
use crate::catalog::{Address, Catalog, CatalogError, Key, Kind, Object};

/// The facts of the settings of one role, or of all.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Setting {
    pub values: BTreeMap<String, String>,
    /// Settings of others than PostgreSQL: they are set, and not said to what.
    pub secrets: Vec<String>,
}

pub struct Settings;

impl Kind for Settings {
    fn name(&self) -> &'static str {
        "setting"
    }

    fn catalog(&self) -> Catalog {
        Catalog::DbRoleSetting
    }

    fn is_dumped(&self) -> bool {
        false
    }

    fn role_at(&self) -> Option<usize> {
        Some(1)
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<(), CatalogError> {
        let rows = reader.query(
            "SELECT s.setrole, ARRAY(SELECT CASE WHEN pg_catalog.strpos(pg_catalog.split_part(c, '=', 1), '.') > 0 \
             THEN pg_catalog.split_part(c, '=', 1) ELSE c END FROM pg_catalog.unnest(s.setconfig) c) \
             FROM pg_catalog.pg_db_role_setting s WHERE s.setdatabase = \
             (SELECT b.oid FROM pg_catalog.pg_database b WHERE b.datname = pg_catalog.current_database())",
        )?;
        for row in &rows {
            let mut fields = Fields::of(row, "setting");
            let role = fields.oid()?;
            let name = if role == 0 { PUBLIC.to_owned() } else { reader.role(role) };
            let mut facts = Setting::default();
            for setting in fields.texts()? {
                match setting.split_once('=') {
                    Some((name, value)) => drop(facts.values.insert(name.to_owned(), value.to_owned())),
                    None => facts.secrets.push(setting),
                }
            }
            facts.secrets.sort();
            let database = Key::new("database", &[NAME]);
            let key = database.child("setting", &name);
            let object = Object { parent: Some(database), facts: facts_of(&facts)?, ..Object::default() };
            // Its rows have no oid: the role's tells them apart.
            reader.add(Address::of(Catalog::DbRoleSetting, role, 0), key, object);
        }
        Ok(())
    }
}
