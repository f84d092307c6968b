//! The server's own objects: PostgreSQL does not keep what they were like from the start, so that what was said of them
//! or made of them is two digests among the facts of the database. What they are granted is `kinds/system_object`.

use super::kinds::database;
use super::reader::{Fields, Reader};
use super::{Catalog, CatalogError, Key, NotCovered};

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

/// Reads both, or says that a catalog is closed to the role.
pub(super) fn read(reader: &mut Reader<'_>) -> Result<(), CatalogError> {
    let closed = DEFINITIONS.iter().find(|(catalog, ..)| !reader.reads_whole(*catalog));
    let definitions = if let Some((catalog, ..)) = closed {
        let because = format!("the role may not read pg_catalog.{catalog}");
        reader.say(NotCovered { kind: "alteration of the server's own objects".to_owned(), because, held: None });
        "NULL::text".to_owned()
    } else {
        let all = DEFINITIONS.map(|(catalog, columns, rows)| digest(catalog, columns, rows));
        format!("(SELECT pg_catalog.sum(s.digest)::text FROM ({}) s)", all.join(" UNION ALL "))
    };
    for row in &reader.query(&format!("SELECT ({COMMENTS}), {definitions}"))? {
        let mut fields = Fields::of(row, "the server's own objects");
        let (comments, definitions) = (fields.text()?, fields.maybe_text()?);
        if let Some(database) = reader.object_mut(&Key::new("database", &[database::NAME])) {
            database.facts.insert(SYSTEM_COMMENTS.to_owned(), comments.into());
            if let Some(definitions) = definitions {
                database.facts.insert(SYSTEM_DEFINITIONS.to_owned(), definitions.into());
            }
        }
    }
    Ok(())
}
