//! Foreign tables (<https://www.postgresql.org/docs/current/sql-createforeigntable.html>). Their columns, constraints and
//! triggers are those of the kinds of that name.

pub mod ddl;

use serde::{Deserialize, Serialize};

use crate::catalog::object::{facts_of, parse_acl};
use crate::catalog::reader::{Fields, Reader};
use crate::catalog::{Address, Catalog, CatalogError, Key, Kind, Object, foreign};

/// The facts of a foreign table.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ForeignTable {
    pub server: String,
    pub options: Vec<String>,
    /// Options that are set, to a secret.
    pub secrets: Vec<String>,
    pub column_order: Vec<String>,
    /// The partitioned table this is a partition of, and for which values.
    pub partition_of: Option<String>,
    pub partition_bound: Option<String>,
    pub inherits: Vec<String>,
}

pub struct ForeignTables;

impl Kind for ForeignTables {
    fn name(&self) -> &'static str {
        "foreign_table"
    }

    fn catalog(&self) -> Catalog {
        Catalog::Class
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<(), CatalogError> {
        let users = reader.users("c.oid");
        let rows = reader.last_query(&format!(
            "SELECT c.oid, c.relnamespace, c.relname::text, c.relowner, c.relacl::text[], c.reltype, s.srvname::text, {}, \
             CASE WHEN c.relispartition THEN pg_catalog.pg_get_expr(c.relpartbound, 0) END, \
             ARRAY(SELECT i.inhparent FROM pg_catalog.pg_inherits i WHERE i.inhrelid = c.oid \
             AND NOT i.inhdetachpending ORDER BY i.inhseqno) \
             FROM pg_catalog.pg_foreign_table f JOIN pg_catalog.pg_class c ON c.oid = f.ftrelid \
             JOIN pg_catalog.pg_foreign_server s ON s.oid = f.ftserver WHERE {users}",
            foreign::query("f.ftoptions")
        ))?;
        for row in &rows {
            let mut fields = Fields::of(row, "foreign table");
            let oid = fields.oid()?;
            let Some(schema) = reader.schema(fields.oid()?).map(str::to_owned) else { continue };
            let key = Key::new("foreign_table", &[&schema, &fields.text()?]);
            let (owner, acl) = (Some(reader.role(fields.oid()?)), parse_acl(fields.maybe_texts()?)?);
            let row_type = fields.oid()?;
            let mut facts = ForeignTable { server: fields.text()?, ..ForeignTable::default() };
            (facts.options, facts.secrets) = foreign::parted(fields.texts()?);
            facts.partition_bound = fields.expression()?;
            let parents: Vec<String> = fields
                .oids()?
                .into_iter()
                .map(|oid| reader.relation(oid).map_or_else(|| oid.to_string(), Key::sql))
                .collect();
            if facts.partition_bound.is_some() {
                facts.partition_of = Some(parents.join(", "));
            } else {
                facts.inherits = parents;
            }
            let parent = Some(Key::new("schema", &[&schema]));
            let object = Object { parent, owner, acl, facts: facts_of(&facts)?, ..Object::default() };
            if reader.add(Address::of(Catalog::Class, oid, 0), key.clone(), object) {
                reader.also(Address::of(Catalog::Type, row_type, 0), &key);
            }
        }
        Ok(())
    }
}
