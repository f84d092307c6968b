//! Functions, window functions included (<https://www.postgresql.org/docs/current/sql-createfunction.html>).

pub mod ddl;
pub mod path;

use serde::{Deserialize, Serialize};

use crate::base::quote_ident;
use crate::catalog::object::{facts_of, parse_acl};
use crate::catalog::reader::{Fields, Reader};
use crate::catalog::{Address, Catalog, CatalogError, Key, Kind, Object};

/// The facts of a function or a procedure.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Routine {
    /// All arguments with modes, names and defaults.
    pub arguments: String,
    /// What it returns; a procedure returns nothing.
    pub returns: Option<String>,
    pub language: String,
    /// The body as a text, or the symbol of a C function.
    pub body: Option<String>,
    /// The body of a function written in standard SQL: PostgreSQL keeps it parsed.
    pub sql_body: Option<String>,
    /// The library of a C function.
    pub library: Option<String>,
    pub window: bool,
    /// `immutable`, `stable` or `volatile`.
    pub volatility: String,
    pub strict: bool,
    pub security_definer: bool,
    pub leakproof: bool,
    /// `safe`, `restricted` or `unsafe`.
    pub parallel: String,
    pub cost: String,
    /// Estimated rows of a function that returns a set.
    pub rows: Option<String>,
    /// `SET` clauses: `search_path=pg_catalog`.
    pub config: Vec<String>,
    pub support: Option<String>,
    pub transforms: Vec<String>,
}

pub struct Functions;

impl Kind for Functions {
    fn name(&self) -> &'static str {
        "function"
    }

    fn catalog(&self) -> Catalog {
        Catalog::Proc
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<(), CatalogError> {
        read_prokind(reader, "function", "'f', 'w'")
    }
}

/// The types of the arguments that tell routines of one name apart.
pub(super) const IDENTITY: &str = "ARRAY(SELECT pg_catalog.format_type(t, NULL) \
     FROM pg_catalog.unnest(p.proargtypes::oid[]) WITH ORDINALITY u(t, n) ORDER BY n)";

/// The last part of a routine's path.
pub(super) fn signature(name: &str, types: &[String]) -> String {
    format!("{}({})", quote_ident(name), types.join(", "))
}

pub(super) fn volatility(letter: &str) -> &'static str {
    match letter {
        "i" => "immutable",
        "s" => "stable",
        _ => "volatile",
    }
}

pub(super) fn parallel(letter: &str) -> &'static str {
    match letter {
        "s" => "safe",
        "r" => "restricted",
        _ => "unsafe",
    }
}

/// Reads functions or procedures. The constructors of a range type are parts of it: they cannot be made or dropped, and
/// belong to the superuser of the server, not to who made the type.
pub(super) fn read_prokind(reader: &mut Reader<'_>, kind: &str, prokinds: &str) -> Result<(), CatalogError> {
    let users = reader.users("p.oid");
    let rows = reader.query(&format!(
        "SELECT p.oid, p.pronamespace, p.proname::text, {IDENTITY}, p.proowner, p.proacl::text[], \
         pg_catalog.pg_get_function_arguments(p.oid), pg_catalog.pg_get_function_result(p.oid), l.lanname::text, \
         p.prosrc, pg_catalog.pg_get_function_sqlbody(p.oid), p.probin, p.prokind = 'w', p.provolatile::text, \
         p.proisstrict, p.prosecdef, p.proleakproof, p.proparallel::text, p.procost::text, \
         CASE WHEN p.proretset THEN p.prorows::text END, p.proconfig, \
         CASE WHEN p.prosupport <> 0 THEN p.prosupport::text END, \
         ARRAY(SELECT pg_catalog.format_type(t, NULL) FROM pg_catalog.unnest(p.protrftypes) WITH ORDINALITY u(t, n) ORDER BY n) \
         FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_language l ON l.oid = p.prolang \
         WHERE p.prokind IN ({prokinds}) AND {users} \
         AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.objid = p.oid AND d.deptype = 'i' \
         AND d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass)"
    ))?;
    for row in &rows {
        let mut fields = Fields::of(row, "routine");
        let oid = fields.oid()?;
        let Some(schema) = reader.schema(fields.oid()?).map(str::to_owned) else { continue };
        let (name, types) = (fields.text()?, fields.texts()?);
        let key = Key::new(kind, &[&schema, &signature(&name, &types)]);
        let (owner, acl) = (Some(reader.role(fields.oid()?)), parse_acl(fields.maybe_texts()?)?);
        let mut facts = Routine {
            arguments: fields.expression()?.unwrap_or_default(),
            returns: fields.maybe_text()?,
            ..Routine::default()
        };
        facts.language = fields.text()?;
        facts.body = fields.maybe_text()?;
        facts.sql_body = fields.expression()?;
        if facts.sql_body.is_some() {
            facts.body = None;
        }
        facts.library = fields.maybe_text()?;
        facts.window = fields.yes()?;
        volatility(&fields.text()?).clone_into(&mut facts.volatility);
        facts.strict = fields.yes()?;
        facts.security_definer = fields.yes()?;
        facts.leakproof = fields.yes()?;
        parallel(&fields.text()?).clone_into(&mut facts.parallel);
        facts.cost = fields.text()?;
        facts.rows = fields.maybe_text()?;
        facts.config = fields.maybe_texts()?.unwrap_or_default();
        facts.support = fields.maybe_text()?;
        facts.transforms = fields.texts()?;
        let parent = Some(Key::new("schema", &[&schema]));
        let object = Object { parent, owner, acl, facts: facts_of(&facts)?, ..Object::default() };
        reader.add(Address::of(Catalog::Proc, oid, 0), key, object);
    }
    Ok(())
}
