//! User mappings (<https://www.postgresql.org/docs/current/sql-createusermapping.html>). Only a superuser reads their
//! options, and most of those are secrets: a snapshot says that they are set.

pub mod ddl;

use serde::{Deserialize, Serialize};

use crate::catalog::object::{PUBLIC, facts_of};
use crate::catalog::reader::{Fields, Reader};
use crate::catalog::{Address, Catalog, CatalogError, Key, Kind, Object, foreign};

/// The facts of a user mapping.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct UserMapping {
    pub options: Vec<String>,
    /// Options that are set, to a secret.
    pub secrets: Vec<String>,
}

pub struct UserMappings;

impl Kind for UserMappings {
    fn name(&self) -> &'static str {
        "user_mapping"
    }

    fn catalog(&self) -> Catalog {
        Catalog::UserMapping
    }

    fn is_rare(&self) -> bool {
        true
    }

    fn catalogs(&self) -> &'static [Catalog] {
        &[Catalog::UserMapping]
    }

    fn role_at(&self) -> Option<usize> {
        Some(1)
    }

    fn is_dumped(&self) -> bool {
        false
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<(), CatalogError> {
        let rows = reader.query(&format!(
            "SELECT u.oid, s.srvname::text, u.umuser, {} FROM pg_catalog.pg_user_mapping u \
             JOIN pg_catalog.pg_foreign_server s ON s.oid = u.umserver WHERE u.oid >= 16384",
            foreign::query_of_mapping("u.umoptions")
        ))?;
        for row in &rows {
            let mut fields = Fields::of(row, "user mapping");
            let (oid, server, user) = (fields.oid()?, fields.text()?, fields.oid()?);
            let user = if user == 0 { PUBLIC.to_owned() } else { reader.role(user) };
            let (options, secrets) = foreign::parted(fields.texts()?);
            let server = Key::new("server", &[&server]);
            let key = server.child("user_mapping", &user);
            let parent = reader.object(&server).is_some().then_some(server);
            let object = Object { parent, facts: facts_of(&UserMapping { options, secrets })?, ..Object::default() };
            reader.add(Address::of(Catalog::UserMapping, oid, 0), key, object);
        }
        Ok(())
    }
}
