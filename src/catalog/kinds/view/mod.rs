//! Views (<https://www.postgresql.org/docs/current/sql-createview.html>).

pub mod ddl;

use serde::{Deserialize, Serialize};

use crate::catalog::object::{facts_of, parse_acl};
use crate::catalog::reader::{Fields, Reader, Rows};
use crate::catalog::{Address, Catalog, CatalogError, Key, Kind, Object};

/// The facts of a view, and of a materialized view.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct View {
    /// The query, as PostgreSQL writes it, without its semicolon.
    pub definition: String,
    pub column_order: Vec<String>,
    /// `security_barrier=true`, `check_option=local`, or storage parameters of a materialized view.
    pub options: Vec<String>,
    /// Of a materialized view.
    pub tablespace: Option<String>,
    pub access_method: Option<String>,
}

pub struct Views;

impl Kind for Views {
    fn name(&self) -> &'static str {
        "view"
    }

    fn catalog(&self) -> Catalog {
        Catalog::Class
    }

    fn first_query(&self, reader: &Reader<'_>) -> Option<String> {
        Some(query(reader, "v"))
    }

    fn slow_query(&self, reader: &Reader<'_>) -> Option<String> {
        Some(definitions(reader, "v"))
    }

    fn read_slow(&self, reader: &mut Reader<'_>, rows: &Rows) -> Result<(), CatalogError> {
        read_definitions(reader, rows)
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<(), CatalogError> {
        read_relkind(reader, "view", "v")
    }
}

/// To write a query out, the server opens every relation that it names.
pub(super) fn definitions(reader: &Reader<'_>, relkind: &str) -> String {
    let users = reader.users("c.oid");
    format!(
        "SELECT c.oid, pg_catalog.pg_get_viewdef(c.oid) FROM pg_catalog.pg_class c \
         WHERE c.relkind = '{relkind}' AND {users} AND c.relpersistence <> 't'"
    )
}

pub(super) fn read_definitions(reader: &mut Reader<'_>, rows: &Rows) -> Result<(), CatalogError> {
    for row in rows {
        let mut fields = Fields::of(row, "view");
        let Some(key) = reader.relation(fields.oid()?).cloned() else { continue };
        let definition = fields.expression()?.unwrap_or_default().trim_end_matches(';').trim().to_owned();
        if let Some(object) = reader.object_mut(&key) {
            object.facts.insert("definition", definition.into());
        }
    }
    Ok(())
}

fn query(reader: &Reader<'_>, relkind: &str) -> String {
    let (users, options) = (reader.users("c.oid"), reader.options());
    format!(
        "SELECT c.oid, c.relnamespace, c.relname, c.relowner, c.relacl::text[], c.reltype, \
         {options}, c.reltablespace, c.relam, NOT c.relispopulated, w.oid \
         FROM pg_catalog.pg_class c \
         LEFT JOIN pg_catalog.pg_rewrite w ON w.ev_class = c.oid AND w.rulename = '_RETURN' \
         WHERE c.relkind = '{relkind}' AND {users} AND c.relpersistence <> 't'"
    )
}

/// Reads views or materialized views.
pub(super) fn read_relkind(reader: &mut Reader<'_>, kind: &str, relkind: &str) -> Result<(), CatalogError> {
    let rows = reader.query(&query(reader, relkind))?;
    for row in &rows {
        let mut fields = Fields::of(row, "view");
        let oid = fields.oid()?;
        let Some(schema) = reader.schema(fields.oid()?).map(str::to_owned) else { continue };
        let key = Key::new(kind, &[&schema, &fields.text()?]);
        let (owner, acl) = (Some(reader.role(fields.oid()?)), parse_acl(fields.maybe_texts()?)?);
        let row_type = fields.oid()?;
        let mut facts = View { options: fields.maybe_texts()?.unwrap_or_default(), ..View::default() };
        facts.options.sort();
        facts.tablespace = reader.tablespace(fields.oid()?);
        facts.access_method = reader.access_method(fields.oid()?);
        let unpopulated = fields.yes()? && relkind == "m";
        let rule = fields.maybe_oid()?;
        let parent = Some(Key::new("schema", &[&schema]));
        let object = Object { parent, owner, acl, facts: facts_of(&facts)?, ..Object::default() };
        if reader.add(Address::of(Catalog::Class, oid, 0), key.clone(), object) {
            reader.also(Address::of(Catalog::Type, row_type, 0), &key);
            if unpopulated {
                reader.unpopulated(&key);
            }
            if let Some(rule) = rule {
                reader.also(Address::of(Catalog::Rewrite, rule, 0), &key);
            }
        }
    }
    Ok(())
}
