//! Domains with their constraints (<https://www.postgresql.org/docs/current/sql-createdomain.html>).

pub mod ddl;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::catalog::object::{facts_of, parse_acl};
use crate::catalog::reader::{Fields, Reader};
use crate::catalog::{Address, Catalog, CatalogError, Key, Kind, Object};

/// The facts of a domain.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Domain {
    pub base: String,
    pub collation: Option<String>,
    pub default: Option<String>,
    pub not_null: bool,
    /// The name of its NOT NULL, a constraint of its own since PostgreSQL 17.
    pub not_null_name: Option<String>,
    pub checks: BTreeMap<String, DomainCheck>,
}

/// One check of a domain.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct DomainCheck {
    pub expression: String,
    pub not_valid: bool,
    pub comment: Option<String>,
}

pub struct Domains;

impl Kind for Domains {
    fn name(&self) -> &'static str {
        "domain"
    }

    fn catalog(&self) -> Catalog {
        Catalog::Type
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<(), CatalogError> {
        let users = reader.users("t.oid");
        let rows = reader.query(&format!(
            "SELECT t.oid, t.typnamespace, t.typname::text, t.typowner, t.typacl::text[], t.typarray, \
             pg_catalog.format_type(t.typbasetype, t.typtypmod), \
             CASE WHEN t.typcollation <> b.typcollation THEN pg_catalog.quote_ident(m.nspname) || '.' || \
             pg_catalog.quote_ident(l.collname) END, \
             CASE WHEN t.typdefaultbin IS NOT NULL THEN pg_catalog.pg_get_expr(t.typdefaultbin, 0) \
             WHEN t.typdefault IS NOT NULL THEN pg_catalog.quote_literal(t.typdefault) END, t.typnotnull, \
             k.oids, k.names, k.sorts, k.expressions, k.unproven, k.comments \
             FROM pg_catalog.pg_type t JOIN pg_catalog.pg_type b ON b.oid = t.typbasetype \
             LEFT JOIN pg_catalog.pg_collation l ON l.oid = t.typcollation \
             LEFT JOIN pg_catalog.pg_namespace m ON m.oid = l.collnamespace \
             LEFT JOIN (SELECT c.contypid, pg_catalog.array_agg(c.oid ORDER BY c.oid) AS oids, \
             pg_catalog.array_agg(c.conname::text ORDER BY c.oid) AS names, \
             pg_catalog.array_agg(c.contype::text ORDER BY c.oid) AS sorts, \
             pg_catalog.array_agg(COALESCE(pg_catalog.pg_get_expr(c.conbin, 0), '') ORDER BY c.oid) AS expressions, \
             pg_catalog.array_agg((NOT c.convalidated)::text ORDER BY c.oid) AS unproven, \
             pg_catalog.array_agg(pg_catalog.obj_description(c.oid, 'pg_constraint') ORDER BY c.oid) AS comments \
             FROM pg_catalog.pg_constraint c WHERE c.contypid <> 0 AND c.oid >= 16384 GROUP BY c.contypid) k ON k.contypid = t.oid \
             WHERE t.typtype = 'd' AND {users}"
        ))?;
        for row in &rows {
            let mut fields = Fields::of(row, "domain");
            let oid = fields.oid()?;
            let Some(schema) = reader.schema(fields.oid()?).map(str::to_owned) else { continue };
            let key = Key::new("domain", &[&schema, &fields.text()?]);
            let (owner, acl) = (Some(reader.role(fields.oid()?)), parse_acl(fields.maybe_texts()?)?);
            let array = fields.oid()?;
            let mut facts = Domain { base: fields.text()?, ..Domain::default() };
            facts.collation = fields.maybe_text()?;
            facts.default = fields.expression()?;
            facts.not_null = fields.yes()?;
            let constraints = fields.maybe_oids()?.unwrap_or_default();
            let (names, sorts) = (fields.maybe_texts()?.unwrap_or_default(), fields.maybe_texts()?.unwrap_or_default());
            let (expressions, unproven) =
                (fields.expressions()?.unwrap_or_default(), fields.maybe_texts()?.unwrap_or_default());
            let comments = fields.maybe_each_maybe_text()?.unwrap_or_default();
            for ((((name, sort), expression), unproven), comment) in
                names.into_iter().zip(sorts).zip(expressions).zip(unproven).zip(comments)
            {
                if sort == "n" {
                    facts.not_null_name = Some(name);
                } else {
                    facts.checks.insert(name, DomainCheck { expression, not_valid: unproven == "true", comment });
                }
            }
            let parent = Some(Key::new("schema", &[&schema]));
            let object = Object { parent, owner, acl, facts: facts_of(&facts)?, ..Object::default() };
            if reader.add(Address::of(Catalog::Type, oid, 0), key.clone(), object) {
                reader.also(Address::of(Catalog::Type, array, 0), &key);
                for constraint in constraints {
                    reader.also(Address::of(Catalog::Constraint, constraint, 0), &key);
                }
            }
        }
        Ok(())
    }
}
