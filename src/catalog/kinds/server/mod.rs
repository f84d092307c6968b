//! Foreign servers (<https://www.postgresql.org/docs/current/sql-createserver.html>).

pub mod ddl;

use serde::{Deserialize, Serialize};

use crate::catalog::object::{facts_of, parse_acl};
use crate::catalog::reader::{Fields, Reader};
use crate::catalog::{Address, Catalog, CatalogError, Key, Kind, Object, foreign};

/// The facts of a foreign server.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Server {
    pub wrapper: String,
    #[serde(rename = "type")]
    pub sort: Option<String>,
    pub version: Option<String>,
    pub options: Vec<String>,
    /// Options that are set, to a secret.
    pub secrets: Vec<String>,
}

pub struct Servers;

impl Kind for Servers {
    fn name(&self) -> &'static str {
        "server"
    }

    fn catalog(&self) -> Catalog {
        Catalog::ForeignServer
    }

    fn is_rare(&self) -> bool {
        true
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<(), CatalogError> {
        let rows = reader.query(&format!(
            "SELECT s.oid, s.srvname::text, s.srvowner, s.srvacl::text[], w.fdwname::text, s.srvtype, s.srvversion, {} \
             FROM pg_catalog.pg_foreign_server s JOIN pg_catalog.pg_foreign_data_wrapper w ON w.oid = s.srvfdw \
             WHERE s.oid >= 16384",
            foreign::query("s.srvoptions")
        ))?;
        for row in &rows {
            let mut fields = Fields::of(row, "foreign server");
            let (oid, name) = (fields.oid()?, fields.text()?);
            let (owner, acl) = (Some(reader.role(fields.oid()?)), parse_acl(fields.maybe_texts()?)?);
            let (wrapper, sort, version) = (fields.text()?, fields.maybe_text()?, fields.maybe_text()?);
            let (options, secrets) = foreign::parted(fields.texts()?);
            let facts = facts_of(&Server { wrapper, sort, version, options, secrets })?;
            let object = Object { owner, acl, facts, ..Object::default() };
            reader.add(Address::of(Catalog::ForeignServer, oid, 0), Key::new("server", &[&name]), object);
        }
        Ok(())
    }
}
