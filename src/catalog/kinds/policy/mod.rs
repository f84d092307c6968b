//! Row security policies (<https://www.postgresql.org/docs/current/sql-createpolicy.html>).

pub mod ddl;

use serde::{Deserialize, Serialize};

use crate::catalog::object::{PUBLIC, facts_of};
use crate::catalog::reader::{Fields, Reader};
use crate::catalog::{Address, Catalog, CatalogError, Kind, Object};

/// The facts of a policy.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Policy {
    /// `ALL`, `SELECT`, `INSERT`, `UPDATE` or `DELETE`.
    pub command: String,
    pub restrictive: bool,
    /// Roles, or `PUBLIC`.
    pub roles: Vec<String>,
    pub using: Option<String>,
    pub check: Option<String>,
}

pub struct Policies;

impl Kind for Policies {
    fn name(&self) -> &'static str {
        "policy"
    }

    fn catalog(&self) -> Catalog {
        Catalog::Policy
    }

    fn is_rare(&self) -> bool {
        true
    }

    fn catalogs(&self) -> &'static [Catalog] {
        &[Catalog::Policy]
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<(), CatalogError> {
        let users = reader.users("p.polrelid");
        let rows = reader.query(&format!(
            "SELECT p.oid, p.polrelid, p.polname::text, p.polcmd::text, NOT p.polpermissive, p.polroles, \
             pg_catalog.pg_get_expr(p.polqual, p.polrelid), pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) \
             FROM pg_catalog.pg_policy p WHERE {users}"
        ))?;
        for row in &rows {
            let mut fields = Fields::of(row, "policy");
            let oid = fields.oid()?;
            let Some(table) = reader.relation(fields.oid()?).cloned() else { continue };
            let key = table.child("policy", &fields.text()?);
            let command = match fields.text()?.as_str() {
                "r" => "SELECT",
                "a" => "INSERT",
                "w" => "UPDATE",
                "d" => "DELETE",
                _ => "ALL",
            };
            let restrictive = fields.yes()?;
            let roles = fields.oids()?;
            let mut roles: Vec<String> =
                roles.iter().map(|role| if *role == 0 { PUBLIC.to_owned() } else { reader.role(*role) }).collect();
            roles.sort();
            let facts = Policy {
                command: command.to_owned(),
                restrictive,
                roles,
                using: fields.expression()?,
                check: fields.expression()?,
            };
            let object = Object { parent: Some(table), facts: facts_of(&facts)?, ..Object::default() };
            reader.add(Address::of(Catalog::Policy, oid, 0), key, object);
        }
        Ok(())
    }
}
