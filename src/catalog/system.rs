//! The server's own objects: PostgreSQL does not keep what they were like from the start, so that what was said of them
//! or made of them is two digests among the facts of the database. What they are granted is `kinds/system_object`.
//!
//! They are thousands, and hardly ever written to: a second reading in one transaction takes them from the first where
//! every row is still the same.

use compact_str::CompactString;
use serde_json::Value;

use super::kinds::{database, system_object};
use super::reader::{Fields, Reader};
use super::{Address, Catalog, CatalogError, Key, NotCovered, Object, Snapshot};
use crate::pg::{Asked, PgError, Session};

/// The facts of the database that hold the digests.
pub const SYSTEM_COMMENTS: &str = "system_comments";
pub const SYSTEM_DEFINITIONS: &str = "system_definitions";

/// Which of the two a row of a catalog is a part of, where it is the server's.
pub fn digest_of_rows(catalog: &str) -> Option<&'static str> {
    let definition = || DEFINITIONS.iter().any(|(known, ..)| known.name() == catalog).then_some(SYSTEM_DEFINITIONS);
    if catalog == "pg_description" { Some(SYSTEM_COMMENTS) } else { definition() }
}

/// The server's own comments cannot be told from those that users wrote on its objects: all of them together are a fact
/// of the database. Collations are those of the machine.
const COMMENTS: &str = "SELECT count(*) || ' ' || pg_catalog.sum(pg_catalog.hash_record_extended(ROW(d.classoid, \
     d.objoid, d.objsubid, d.description), 0)) FROM pg_catalog.pg_description d \
     WHERE d.objoid < 16384 AND d.objoid <> 2200 AND d.classoid NOT IN ('pg_catalog.pg_collation'::pg_catalog.regclass, \
     'pg_catalog.pg_largeobject'::pg_catalog.regclass, 'pg_catalog.pg_extension'::pg_catalog.regclass)";

/// What a superuser can alter of the server's own objects by statements: the catalog, the columns (of types that have a
/// hash), and the rows.
const DEFINITIONS: [(Catalog, &str, &str); 8] = [
    (
        Catalog::Proc,
        "t.oid, t.proname, t.pronamespace, t.prolang, t.procost, t.prorows, t.prosupport::oid, t.prokind, t.prosecdef, \
         t.proleakproof, t.proisstrict, t.proretset, t.provolatile, t.proparallel, t.prorettype, t.proargtypes::oid[], \
         t.proargnames, t.proargdefaults::text, t.prosrc, t.probin, t.prosqlbody::text, t.proconfig",
        "t.oid < 16384",
    ),
    (
        Catalog::Operator,
        "t.oid, t.oprname, t.oprnamespace, t.oprcode::oid, t.oprrest::oid, t.oprjoin::oid",
        "t.oid < 16384",
    ),
    (
        Catalog::Amop,
        "t.amopfamily, t.amopstrategy, t.amoppurpose, CASE WHEN t.amopopr < 16384 THEN t.amopopr::text \
         ELSE t.amopopr::pg_catalog.regoperator::text END",
        "t.amopfamily < 16384",
    ),
    (
        Catalog::Amproc,
        "t.amprocfamily, t.amprocnum, CASE WHEN t.amproc::oid < 16384 THEN t.amproc::oid::text \
         ELSE t.amproc::pg_catalog.regprocedure::text END",
        "t.amprocfamily < 16384",
    ),
    (Catalog::Type, "t.oid, t.typname, t.typnamespace, t.typstorage, t.typanalyze::oid, t.typdefault", "t.oid < 16384"),
    (Catalog::TsDict, "t.oid, t.dictname, t.dictnamespace, t.dicttemplate, t.dictinitoption", "t.oid < 16384"),
    (Catalog::TsConfig, "t.oid, t.cfgname, t.cfgnamespace, t.cfgparser", "t.oid < 16384"),
    (
        Catalog::TsConfigMap,
        "t.mapcfg, t.maptokentype, t.mapseqno, CASE WHEN t.mapdict < 16384 THEN t.mapdict::text \
         ELSE t.mapdict::pg_catalog.regdictionary::text END",
        "t.mapcfg < 16384",
    ),
];

/// One row: all of them together, in whatever order.
fn digest(catalog: Catalog, columns: &str, rows: &str) -> String {
    format!(
        "SELECT pg_catalog.sum(pg_catalog.hash_record_extended(ROW({columns}), 0)) AS digest \
         FROM pg_catalog.{catalog} t WHERE {rows}"
    )
}

/// What else a snapshot holds of the server's own objects comes from these: the catalog, and which rows. `public` is the
/// users'.
const OTHERS: [(&str, &str); 8] = [
    ("pg_class", "t.oid < 16384"),
    ("pg_attribute", "t.attrelid < 16384"),
    ("pg_namespace", "t.oid < 16384 AND t.oid <> 2200"),
    ("pg_language", "t.oid < 16384"),
    ("pg_foreign_data_wrapper", "t.oid < 16384"),
    ("pg_foreign_server", "t.oid < 16384"),
    ("pg_init_privs", "true"),
    ("pg_description", "t.objoid < 16384 AND t.objoid <> 2200"),
];

/// What users added to a family or a configuration of the server's goes by names of theirs.
const ADDED: &str = "SELECT FROM pg_catalog.pg_amop t WHERE t.amopfamily < 16384 AND t.amopopr >= 16384 \
     UNION ALL SELECT FROM pg_catalog.pg_amproc t WHERE t.amprocfamily < 16384 AND t.amproc::oid >= 16384 \
     UNION ALL SELECT FROM pg_catalog.pg_ts_config_map t WHERE t.mapcfg < 16384 AND t.mapdict >= 16384";

/// Where the rows of the server's own objects lie, and what the roles are called. A row that is written lies somewhere else
/// for its transaction: the same places are the same rows.
pub(super) struct Places {
    query: String,
    answer: String,
}

impl Places {
    /// None where they are not all there is to it, or closed to the role.
    pub fn read(session: &mut Session) -> Result<Option<Self>, PgError> {
        let definitions = DEFINITIONS.iter().map(|(catalog, _, rows)| (catalog.name(), *rows));
        let rows: Vec<(&str, &str)> = OTHERS.into_iter().chain(definitions).collect();
        let names: Vec<String> = rows.iter().map(|(catalog, _)| format!("'pg_catalog.{catalog}'")).collect();
        let open = format!(
            "SELECT pg_catalog.bool_and(pg_catalog.has_table_privilege(c, 'SELECT')) FROM pg_catalog.unnest(ARRAY[{}]) c",
            names.join(", ")
        );
        if !session.query_one(&open, &[])?.try_get(0)? {
            return Ok(None);
        }
        // Nobody can have made rows whose sum comes out the same.
        let seed = getrandom::u64().map_err(|failure| PgError::Decode { problem: failure.to_string() })?.cast_signed();
        let sums: Vec<String> = rows
            .iter()
            .map(|(catalog, rows)| {
                format!(
                    "(SELECT pg_catalog.count(*) || ' ' || coalesce(pg_catalog.sum(pg_catalog.hashtidextended(t.ctid, '{seed}')), 0) \
                     FROM pg_catalog.{catalog} t WHERE {rows})"
                )
            })
            .collect();
        let query = format!(
            "SELECT CASE WHEN NOT EXISTS ({ADDED}) THEN pg_catalog.concat_ws(', ', {}, \
             (SELECT pg_catalog.string_agg(r.oid || ' ' || r.rolname, ', ' ORDER BY r.oid) FROM pg_catalog.pg_roles r)) END",
            sums.join(", ")
        );
        let rows = session.query_again(&query)?;
        let answer: Option<String> = rows.first().map_or(Ok(None), |row| row.try_get(0))?;
        Ok(answer.map(|answer| Self { query, answer }))
    }

    /// Whether they are the same for a later reading.
    fn stand(&self, reader: &Reader<'_>) -> Result<bool, CatalogError> {
        let rows = reader.asking.rows(&self.query, Asked::Again)?;
        let answers: Result<Vec<Option<String>>, CatalogError> =
            rows.iter().map(|row| Fields::of(row, "the server's own objects").maybe_text()).collect();
        Ok(answers?.iter().flatten().eq([&self.answer]))
    }
}

/// What an earlier snapshot holds of the server's own objects.
pub(super) struct Kept {
    places: Places,
    /// Those that are granted otherwise than from the start.
    objects: Vec<(Address, Key, Object)>,
    /// The digests, among the facts of the database.
    digests: Vec<(CompactString, Value)>,
}

impl Kept {
    pub fn of(snapshot: &Snapshot, places: Places) -> Self {
        let addresses = snapshot.volatile.addresses.iter();
        // What extensions brought is read with them.
        let own = addresses.filter(|(address, key)| key.kind == system_object::NAME && address.oid < 16384);
        let objects =
            own.filter_map(|(address, key)| Some((*address, key.clone(), snapshot.objects.get(key)?.clone())));
        let facts = snapshot.objects.get(&database()).into_iter().flat_map(|database| database.facts.iter());
        let digests = facts.filter(|(name, _)| [SYSTEM_COMMENTS, SYSTEM_DEFINITIONS].contains(&name.as_str()));
        Self {
            places,
            objects: objects.collect(),
            digests: digests.map(|(name, digest)| (name.clone(), digest.clone())).collect(),
        }
    }

    /// What a later reading asks, to know whether it still is so.
    pub fn query(&self) -> &str {
        &self.places.query
    }
}

fn database() -> Key {
    Key::new("database", &[database::NAME])
}

/// Reads what the server's own objects are granted, and the two digests; or takes them from before.
pub(super) fn read(reader: &mut Reader<'_>) -> Result<(), CatalogError> {
    if let Some(kept) = reader.kept
        && kept.places.stand(reader)?
    {
        for (address, key, object) in &kept.objects {
            reader.add_brought(*address, key.clone(), object.clone());
        }
        if let Some(database) = reader.object_mut(&database()) {
            for (name, digest) in &kept.digests {
                database.facts.insert(name.clone(), digest.clone());
            }
        }
        return Ok(());
    }
    system_object::read_of_server(reader)?;
    digest_all(reader)
}

/// Both digests, or what is said where a catalog is closed to the role.
fn digest_all(reader: &mut Reader<'_>) -> Result<(), CatalogError> {
    let closed = DEFINITIONS.iter().find(|(catalog, ..)| !reader.reads_whole(*catalog));
    let definitions = if let Some((catalog, ..)) = closed {
        let because = format!("the role may not read pg_catalog.{catalog}");
        reader.say(NotCovered { kind: "alteration of the server's own objects".to_owned(), because, held: None });
        "NULL::text".to_owned()
    } else {
        let all = DEFINITIONS.map(|(catalog, columns, rows)| digest(catalog, columns, rows));
        format!("(SELECT pg_catalog.sum(s.digest)::text FROM ({}) s)", all.join(" UNION ALL "))
    };
    for row in &reader.query_once(&format!("SELECT ({COMMENTS}), {definitions}"))? {
        let mut fields = Fields::of(row, "the server's own objects");
        let (comments, definitions) = (fields.text()?, fields.maybe_text()?);
        if let Some(database) = reader.object_mut(&database()) {
            database.facts.insert(SYSTEM_COMMENTS.to_owned(), comments.into());
            if let Some(definitions) = definitions {
                database.facts.insert(SYSTEM_DEFINITIONS.to_owned(), definitions.into());
            }
        }
    }
    Ok(())
}
