//! What the own transaction wrote into the catalogs, and what depends on that.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::CatalogError;
use crate::base::both;
use crate::pg::{PgError, Session};

/// A row's object: the catalog and the oid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Id {
    pub class: &'static str,
    pub oid: u32,
}

/// What has to be read anew.
pub(super) struct Touched {
    pub all: BTreeSet<Id>,
    /// The relations, types and routines that these are, or lie in.
    pub relations: BTreeSet<u32>,
}

/// Whose texts may change with a row.
#[derive(Clone, Copy, PartialEq)]
enum Reach {
    /// Those of all that depends on it.
    Far,
    /// Only its own, as long as its name stays.
    Near,
}

/// Catalogs whose rows are parts of other objects: the object's catalog and oid.
const PARTS: [(&str, &str, &str, Reach); 14] = [
    ("pg_attribute", "pg_class", "r.attrelid", Reach::Far),
    ("pg_index", "pg_class", "r.indexrelid", Reach::Near),
    ("pg_inherits", "pg_class", "r.inhrelid", Reach::Near),
    ("pg_sequence", "pg_class", "r.seqrelid", Reach::Near),
    ("pg_partitioned_table", "pg_class", "r.partrelid", Reach::Near),
    ("pg_foreign_table", "pg_class", "r.ftrelid", Reach::Near),
    ("pg_enum", "pg_type", "r.enumtypid", Reach::Far),
    ("pg_range", "pg_type", "r.rngtypid", Reach::Far),
    ("pg_aggregate", "pg_proc", "r.aggfnoid::pg_catalog.oid", Reach::Far),
    ("pg_ts_config_map", "pg_ts_config", "r.mapcfg", Reach::Near),
    ("pg_db_role_setting", "pg_database", "r.setdatabase", Reach::Near),
    ("pg_class", "pg_class", "r.oid", Reach::Near),
    ("pg_namespace", "pg_namespace", "r.oid", Reach::Near),
    ("pg_database", "pg_database", "r.oid", Reach::Near),
];

/// Catalogs whose rows have an oid, and are objects or parts that others may depend on.
const OWN: [&str; 29] = [
    "pg_am",
    "pg_amop",
    "pg_amproc",
    "pg_attrdef",
    "pg_cast",
    "pg_collation",
    "pg_constraint",
    "pg_conversion",
    "pg_default_acl",
    "pg_event_trigger",
    "pg_extension",
    "pg_foreign_data_wrapper",
    "pg_foreign_server",
    "pg_language",
    "pg_opclass",
    "pg_operator",
    "pg_opfamily",
    "pg_policy",
    "pg_proc",
    "pg_publication",
    "pg_rewrite",
    "pg_statistic_ext",
    "pg_transform",
    "pg_trigger",
    "pg_ts_config",
    "pg_ts_dict",
    "pg_ts_parser",
    "pg_ts_template",
    "pg_type",
];

/// Rows that tie others together: published tables and schemas are read with their publication.
const TIES: [&str; 2] = ["pg_publication_namespace", "pg_publication_rel"];

/// No query of a snapshot reads these.
const UNREAD: [&str; 3] = ["pg_shdepend", "pg_statistic", "pg_statistic_ext_data"];

/// Names in `pg_catalog` decide how others are written: whether a name needs its schema.
const SYSTEM: [(&str, &str); 7] = [
    ("pg_class", "r.relnamespace"),
    ("pg_collation", "r.collnamespace"),
    ("pg_opclass", "r.opcnamespace"),
    ("pg_operator", "r.oprnamespace"),
    ("pg_opfamily", "r.opfnamespace"),
    ("pg_proc", "r.pronamespace"),
    ("pg_type", "r.typnamespace"),
];

/// How many are followed before reading everything is cheaper.
const MANY: usize = 5_000;

/// Whether both sessions are in one database of one server.
pub(super) fn is_beside(session: &mut Session, second: &mut Session) -> Result<bool, PgError> {
    let place = |session: &mut Session| -> Result<(String, String, i32), PgError> {
        let row = session.query_one(
            "SELECT pg_catalog.current_database()::text || ' ' || pg_catalog.pg_postmaster_start_time(), \
             current_user::text, pg_catalog.pg_backend_pid()",
            &[],
        )?;
        Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?))
    };
    let (one, other) = (place(session)?, place(second)?);
    Ok((&one.0, &one.1) == (&other.0, &other.1) && one.2 != other.2)
}

/// What goes only with its relation, whose own row says so; else it is changed, and the new row seen. Half of all rows
/// are columns.
const GOES_WITH_ITS_RELATION: [&str; 2] = ["pg_attribute", "pg_index"];

/// A row that somebody ended, or locked.
const ENDED: &str = "r.xmax <> '0'::pg_catalog.xid";

/// Rows that bear the end of a transaction that was rolled back: where they lie, and which one it was. Whoever ends them
/// next puts his own in its place.
pub(super) type Stale = HashSet<String>;

pub(super) fn stale(session: &mut Session) -> Result<Stale, CatalogError> {
    let Some(queries) = queries(session)? else { return Ok(Stale::new()) };
    let rows = session.query(&queries.ended(), &[])?;
    rows.iter().map(|row| Ok(row.try_get(4).map_err(PgError::from)?)).collect()
}

/// Everything that this transaction wrote, changed or removed, with all whose texts may have changed by it. None where
/// that cannot be told.
pub(super) fn touched(
    session: &mut Session,
    second: &mut Session,
    stale: &Stale,
    is_still_called: impl Fn(&Id, &[String]) -> bool,
) -> Result<Option<Touched>, CatalogError> {
    let Some(queries) = queries(session)? else { return Ok(None) };
    // Ages count from the own id, or from one before it that nobody had when this transaction's instant came: what it wrote,
    // subtransactions included, is no older than that, and all else that it sees is.
    let own = queries.written();
    // What is still there for others and no longer for us bears our id as its end.
    let ended = queries.ended();
    let (written, removed) = both(|| session.query(&own, &[]), || second.query(&ended, &[]));
    let mut rows = written?;
    for row in removed? {
        let place: String = row.try_get(4).map_err(PgError::from)?;
        if !stale.contains(&place) {
            rows.push(row);
        }
    }
    let (mut near, mut far) = (BTreeSet::new(), BTreeSet::new());
    for row in &rows {
        let read = || -> Result<_, PgError> {
            Ok((row.try_get::<_, String>(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?))
        };
        let (class, oid, reaches, system): (String, u32, bool, bool) = read()?;
        let Some(class) = known(&class) else { return Ok(None) };
        let id = Id { class, oid };
        let ours = oid >= 16384 || matches!((class, oid), ("pg_namespace", 2200) | ("pg_database", _));
        if system || !ours || class == "pg_extension" {
            return Ok(None);
        }
        near.insert(id);
        if reaches {
            far.insert(id);
        }
    }
    let named = names(session, &near)?;
    let renamed = |id: &&Id| {
        matches!(id.class, "pg_class" | "pg_namespace") && !named.get(*id).is_some_and(|path| is_still_called(id, path))
    };
    far.extend(near.iter().filter(renamed).copied());
    let Some(mut all) = dependents(session, &far)? else { return Ok(None) };
    all.extend(near);
    let relations = holders(session, &all)?;
    Ok(Some(Touched { all, relations }))
}

fn known(class: &str) -> Option<&'static str> {
    let parts = PARTS.iter().flat_map(|(catalog, class, ..)| [*catalog, *class]);
    parts.chain(OWN).chain(TIES).find(|known| *known == class)
}

/// The rows of each catalog that meet a condition: whose they are, whether others depend on what they say, and whether
/// they lie in `pg_catalog`.
struct Queries(Vec<(String, String)>);

impl Queries {
    fn written(&self) -> String {
        self.that("pg_catalog.age(r.xmin) <= 0", |_| true)
    }

    fn ended(&self) -> String {
        self.that(ENDED, |name| !GOES_WITH_ITS_RELATION.contains(&name))
    }

    fn that(&self, meet: &str, asked: impl Fn(&str) -> bool) -> String {
        let asked = self.0.iter().filter(|(name, _)| asked(name));
        asked.map(|(_, query)| query.replace("{}", meet)).collect::<Vec<_>>().join(" UNION ALL ")
    }
}

/// None where a catalog that matters may not be read.
fn queries(session: &mut Session) -> Result<Option<Queries>, CatalogError> {
    let catalogs = session.query(
        "SELECT c.relname::text, pg_catalog.has_table_privilege(c.oid, 'SELECT') FROM pg_catalog.pg_class c \
         WHERE c.relnamespace = 11 AND c.relkind = 'r' AND c.oid < 16384 ORDER BY c.relname",
        &[],
    )?;
    let mut queries = Vec::new();
    for row in &catalogs {
        let (name, readable): (String, bool) =
            (row.try_get(0).map_err(PgError::from)?, row.try_get(1).map_err(PgError::from)?);
        let name = name.as_str();
        let is_known = known(name).is_some() || matches!(name, "pg_depend" | "pg_description");
        if UNREAD.contains(&name) {
            continue;
        }
        if !readable {
            // What decides the text of others is open to every role; what is closed no snapshot of this role holds,
            // and names of roles are compared.
            if is_known {
                return Ok(None);
            }
            continue;
        }
        let system = SYSTEM.iter().find(|(catalog, _)| *catalog == name);
        let system = system.map_or("false".to_owned(), |(_, column)| format!("{column} = 11"));
        let class =
            |column: &str| format!("(SELECT c.relname::text FROM pg_catalog.pg_class c WHERE c.oid = {column})");
        let (class, oid, reaches) = match name {
            "pg_depend" => (
                format!("CASE WHEN r.deptype = 'e' THEN 'pg_extension' ELSE {} END", class("r.classid")),
                "r.objid",
                false,
            ),
            "pg_description" => (class("r.classoid"), "r.objoid", false),
            _ => match PARTS.iter().find(|(catalog, ..)| *catalog == name) {
                Some((_, class, oid, reach)) => (format!("'{class}'"), *oid, *reach == Reach::Far),
                None if is_known => (format!("'{name}'"), "r.oid", true),
                // Nothing of it may be written.
                None => (format!("'{name}'"), "0::pg_catalog.oid", false),
            },
        };
        // Comments on, and ties of, what is no user's object are read by nobody.
        let users = match name {
            "pg_description" => "r.objoid >= 16384 OR r.objoid = 2200",
            "pg_depend" => "r.deptype = 'e' OR r.objid >= 16384",
            _ => "",
        };
        // The second condition takes the whole row apart: it is left to the few that meet the first.
        let from = if users.is_empty() {
            format!("pg_catalog.{name} r WHERE {{}}")
        } else {
            format!("(SELECT r.*, r.ctid, r.xmax FROM pg_catalog.{name} r WHERE {{}} OFFSET 0) r WHERE {users}")
        };
        let query = format!(
            "SELECT {class}::text, {oid}, {reaches}, {system}, '{name} ' || r.ctid || ' ' || r.xmax FROM {from}"
        );
        queries.push((name.to_owned(), query));
    }
    Ok(Some(Queries(queries)))
}

fn arrays(ids: &BTreeSet<Id>) -> (Vec<&'static str>, Vec<u32>) {
    ids.iter().map(|id| (id.class, id.oid)).unzip()
}

/// The names that relations and schemas have now.
fn names(session: &mut Session, ids: &BTreeSet<Id>) -> Result<BTreeMap<Id, Vec<String>>, PgError> {
    let oids: Vec<u32> = ids.iter().map(|id| id.oid).collect();
    let rows = session.query(
        "SELECT true, c.oid, ARRAY[n.nspname::text, c.relname::text] FROM pg_catalog.pg_class c \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = ANY ($1) \
         UNION ALL SELECT false, n.oid, ARRAY[n.nspname::text] FROM pg_catalog.pg_namespace n WHERE n.oid = ANY ($1)",
        &[&oids],
    )?;
    rows.iter()
        .map(|row| {
            let class = if row.try_get(0)? { "pg_class" } else { "pg_namespace" };
            Ok((Id { class, oid: row.try_get(1)? }, row.try_get(2)?))
        })
        .collect()
}

/// These, and all that depends on them, however far. None where there is too much.
fn dependents(session: &mut Session, ids: &BTreeSet<Id>) -> Result<Option<BTreeSet<Id>>, PgError> {
    let (classes, oids) = arrays(ids);
    let rows = session.query(
        "WITH RECURSIVE u(class, oid) AS (SELECT c.oid, s.oid \
         FROM ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::oid[])) AS s(class, oid) \
         JOIN pg_catalog.pg_class c ON c.relname = s.class AND c.relnamespace = 11 \
         UNION SELECT d.classid, d.objid FROM u JOIN pg_catalog.pg_depend d \
         ON d.refclassid = u.class AND d.refobjid = u.oid AND d.deptype <> 'e') \
         SELECT c.relname::text, u.oid FROM u JOIN pg_catalog.pg_class c ON c.oid = u.class LIMIT 5001",
        &[&classes, &oids],
    )?;
    if rows.len() > MANY {
        return Ok(None);
    }
    let mut found = ids.clone();
    for row in &rows {
        let class: String = row.try_get(0)?;
        let Some(class) = known(&class) else { return Ok(None) };
        found.insert(Id { class, oid: row.try_get(1)? });
    }
    Ok(Some(found))
}

/// The relations, types and routines that these are, or lie in.
fn holders(session: &mut Session, ids: &BTreeSet<Id>) -> Result<BTreeSet<u32>, PgError> {
    let (classes, oids) = arrays(ids);
    let of = |class: &str| {
        format!(
            "ANY (ARRAY(SELECT s.oid FROM ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::oid[])) AS s(class, oid) WHERE s.class = '{class}'))"
        )
    };
    let parts = [
        format!("SELECT i.indrelid FROM pg_catalog.pg_index i WHERE i.indexrelid = {}", of("pg_class")),
        // A TOAST table, and a sequence of a column.
        format!(
            "SELECT d.refobjid FROM pg_catalog.pg_depend d WHERE d.classid = 1259 AND d.refclassid = 1259 AND d.objid = {}",
            of("pg_class")
        ),
        format!("SELECT t.oid FROM pg_catalog.pg_type t WHERE t.typrelid = {} AND t.typrelid <> 0", of("pg_class")),
        format!("SELECT k.conrelid FROM pg_catalog.pg_constraint k WHERE k.oid = {}", of("pg_constraint")),
        format!("SELECT k.contypid FROM pg_catalog.pg_constraint k WHERE k.oid = {}", of("pg_constraint")),
        format!("SELECT t.tgrelid FROM pg_catalog.pg_trigger t WHERE t.oid = {}", of("pg_trigger")),
        // A foreign key tells in which state the triggers are that see to it.
        format!(
            "SELECT k.conrelid FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_constraint k ON k.oid = t.tgconstraint \
             WHERE t.oid = {}",
            of("pg_trigger")
        ),
        format!("SELECT w.ev_class FROM pg_catalog.pg_rewrite w WHERE w.oid = {}", of("pg_rewrite")),
        format!("SELECT p.polrelid FROM pg_catalog.pg_policy p WHERE p.oid = {}", of("pg_policy")),
        format!("SELECT a.adrelid FROM pg_catalog.pg_attrdef a WHERE a.oid = {}", of("pg_attrdef")),
        format!("SELECT s.stxrelid FROM pg_catalog.pg_statistic_ext s WHERE s.oid = {}", of("pg_statistic_ext")),
        format!("SELECT t.typrelid FROM pg_catalog.pg_type t WHERE t.oid = {}", of("pg_type")),
        format!("SELECT t.typelem FROM pg_catalog.pg_type t WHERE t.oid = {}", of("pg_type")),
        format!("SELECT g.rngtypid FROM pg_catalog.pg_range g WHERE g.rngmultitypid = {}", of("pg_type")),
    ];
    let rows = session.query(&parts.join(" UNION "), &[&classes, &oids])?;
    let found: Result<BTreeSet<u32>, PgError> = rows.iter().map(|row| Ok(row.try_get(0)?)).collect();
    Ok(found?.into_iter().filter(|oid| *oid >= 16384).collect())
}

/// The indexes of these relations.
pub(super) fn indexes(session: &mut Session, relations: &BTreeSet<u32>) -> Result<Vec<u32>, PgError> {
    let relations: Vec<u32> = relations.iter().copied().collect();
    let rows =
        session.query("SELECT i.indexrelid FROM pg_catalog.pg_index i WHERE i.indrelid = ANY ($1)", &[&relations])?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}
