//! Aggregates (<https://www.postgresql.org/docs/current/sql-createaggregate.html>).

pub mod ddl;

use serde::{Deserialize, Serialize};

use super::function::{IDENTITY, parallel, signature, volatility};
use crate::catalog::object::{facts_of, parse_acl};
use crate::catalog::reader::{Fields, Reader};
use crate::catalog::{Address, Catalog, CatalogError, Key, Kind, Object};

/// The facts of an aggregate.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Aggregate {
    /// Arguments as CREATE AGGREGATE writes them.
    pub arguments: String,
    pub returns: String,
    pub hypothetical: bool,
    pub ordered_set: bool,
    pub transition: String,
    pub state_type: String,
    pub state_space: Option<i32>,
    pub finish: Option<String>,
    pub finish_extra: bool,
    /// Where it is not the default of the kind of aggregate.
    pub finish_modifies: String,
    pub combine: Option<String>,
    pub serialize: Option<String>,
    pub deserialize: Option<String>,
    pub initial: Option<String>,
    pub moving_transition: Option<String>,
    pub moving_inverse: Option<String>,
    pub moving_type: Option<String>,
    pub moving_space: Option<i32>,
    pub moving_finish: Option<String>,
    pub moving_finish_extra: bool,
    pub moving_finish_modifies: String,
    pub moving_initial: Option<String>,
    pub sort_operator: Option<String>,
    pub parallel: String,
    pub volatility: String,
}

pub struct Aggregates;

impl Kind for Aggregates {
    fn name(&self) -> &'static str {
        "aggregate"
    }

    fn catalog(&self) -> Catalog {
        Catalog::Proc
    }

    fn catalogs(&self) -> &'static [Catalog] {
        &[Catalog::Aggregate]
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<(), CatalogError> {
        // Names in full: a regproc would leave the arguments out, and the schema where the path finds it.
        let function = |column: &str| {
            format!(
                "(SELECT pg_catalog.quote_ident(m.nspname) || '.' || pg_catalog.quote_ident(f.proname) \
                 FROM pg_catalog.pg_proc f JOIN pg_catalog.pg_namespace m ON m.oid = f.pronamespace WHERE f.oid = g.{column})"
            )
        };
        let (transition, finish, combine) = (function("aggtransfn"), function("aggfinalfn"), function("aggcombinefn"));
        let (serialize, deserialize) = (function("aggserialfn"), function("aggdeserialfn"));
        let (moving, inverse) = (function("aggmtransfn"), function("aggminvtransfn"));
        let moving_finish = function("aggmfinalfn");
        let rows = reader.query(&format!(
            "SELECT p.oid, p.pronamespace, p.proname::text, {IDENTITY}, p.proowner, p.proacl::text[], \
             pg_catalog.pg_get_function_arguments(p.oid), pg_catalog.format_type(p.prorettype, NULL), \
             g.aggkind = 'h', g.aggkind = 'o', {transition}, pg_catalog.format_type(g.aggtranstype, NULL), \
             NULLIF(g.aggtransspace, 0), {finish}, g.aggfinalextra, g.aggfinalmodify::text, {combine}, {serialize}, \
             {deserialize}, g.agginitval, {moving}, {inverse}, \
             CASE WHEN g.aggmtranstype <> 0 THEN pg_catalog.format_type(g.aggmtranstype, NULL) END, \
             NULLIF(g.aggmtransspace, 0), {moving_finish}, g.aggmfinalextra, g.aggmfinalmodify::text, g.aggminitval, \
             (SELECT pg_catalog.quote_ident(m.nspname) || '.' || o.oprname FROM pg_catalog.pg_operator o \
             JOIN pg_catalog.pg_namespace m ON m.oid = o.oprnamespace WHERE o.oid = g.aggsortop), \
             p.proparallel::text, p.provolatile::text \
             FROM pg_catalog.pg_aggregate g JOIN pg_catalog.pg_proc p ON p.oid = g.aggfnoid WHERE p.oid >= 16384"
        ))?;
        for row in &rows {
            let mut fields = Fields::of(row, "aggregate");
            let oid = fields.oid()?;
            let Some(schema) = reader.schema(fields.oid()?).map(str::to_owned) else { continue };
            let (name, types) = (fields.text()?, fields.texts()?);
            let key = Key::new("aggregate", &[&schema, &signature(&name, &types)]);
            let (owner, acl) = (Some(reader.role(fields.oid()?)), parse_acl(fields.maybe_texts()?)?);
            let facts = Aggregate {
                arguments: fields.text()?,
                returns: fields.text()?,
                hypothetical: fields.yes()?,
                ordered_set: fields.yes()?,
                transition: fields.text()?,
                state_type: fields.text()?,
                state_space: fields.maybe_number()?,
                finish: fields.maybe_text()?,
                finish_extra: fields.yes()?,
                finish_modifies: modifies(&fields.text()?).to_owned(),
                combine: fields.maybe_text()?,
                serialize: fields.maybe_text()?,
                deserialize: fields.maybe_text()?,
                initial: fields.maybe_text()?,
                moving_transition: fields.maybe_text()?,
                moving_inverse: fields.maybe_text()?,
                moving_type: fields.maybe_text()?,
                moving_space: fields.maybe_number()?,
                moving_finish: fields.maybe_text()?,
                moving_finish_extra: fields.yes()?,
                moving_finish_modifies: modifies(&fields.text()?).to_owned(),
                moving_initial: fields.maybe_text()?,
                sort_operator: fields.maybe_text()?,
                parallel: parallel(&fields.text()?).to_owned(),
                volatility: volatility(&fields.text()?).to_owned(),
            };
            let parent = Some(Key::new("schema", &[&schema]));
            let object = Object { parent, owner, acl, facts: facts_of(&facts)?, ..Object::default() };
            reader.add(Address::of(Catalog::Proc, oid, 0), key, object);
        }
        Ok(())
    }
}

fn modifies(letter: &str) -> &'static str {
    match letter {
        "r" => "READ_ONLY",
        "s" => "SHAREABLE",
        _ => "READ_WRITE",
    }
}
