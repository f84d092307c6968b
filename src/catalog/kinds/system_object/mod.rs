//! What the server or an extension brought, where its privileges or its owner are other than from the start
//! (<https://www.postgresql.org/docs/current/catalog-pg-init-privs.html>). The objects themselves belong to a version of the
//! server or of the extension.

pub mod ddl;

use crate::catalog::attributes::INITIAL;
use crate::catalog::object::{Grant, parse_acl};
use crate::catalog::reader::{Fields, Reader, Rows};
use crate::catalog::{Address, Catalog, CatalogError, Key, Kind, Object};

pub struct SystemObjects;

pub const NAME: &str = "system_object";

/// The fact that holds the privileges on a column: no statement of ours gives them back.
pub const OF_COLUMN: &str = "column_privileges";

/// The fact that holds the role it was given to.
pub const GIVEN_TO: &str = "given_to";

/// Who owns it: on each server the superuser that initdb made has another name.
pub const OWNER: &str = "{owner}";

/// Catalogs with privileges: the letter of `acldefault`, the column of privileges, the owner's.
const CATALOGS: [(&str, &str, &str, &str); 7] = [
    ("pg_class", "CASE x.relkind WHEN 'S' THEN 's' ELSE 'r' END", "relacl", "relowner"),
    ("pg_proc", "'f'", "proacl", "proowner"),
    ("pg_type", "'T'", "typacl", "typowner"),
    ("pg_namespace", "'n'", "nspacl", "nspowner"),
    ("pg_language", "'l'", "lanacl", "lanowner"),
    ("pg_foreign_data_wrapper", "'F'", "fdwacl", "fdwowner"),
    ("pg_foreign_server", "'S'", "srvacl", "srvowner"),
];

/// The rows of one catalog that the server (`x.oid < 16384`) or an extension made.
fn branch(catalog: &str, sort: &str, acl: &str, owner: &str, of_extension: bool) -> String {
    let (join, only) = if of_extension {
        (
            "JOIN pg_catalog.pg_depend e ON e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass \
             AND e.deptype = 'e' AND e.objid = x.oid AND e.objsubid = 0 \
             AND e.classid = '{class}'::pg_catalog.regclass",
            "x.oid >= 16384",
        )
    } else if catalog == "pg_namespace" {
        // `public` is the users'.
        ("", "x.oid < 16384 AND x.oid <> 2200")
    } else {
        ("", "x.oid < 16384")
    };
    // The information schema is made after the server has noted what is granted from the start: everyone may read it.
    let (of_standard, privilege) = match catalog {
        "pg_class" => ("x.relnamespace", "SELECT"),
        "pg_namespace" => ("x.oid", "USAGE"),
        _ => ("NULL::oid", "USAGE"),
    };
    let class = format!("pg_catalog.{catalog}");
    let join = join.replace("{class}", &class);
    format!(
        "SELECT '{class}'::pg_catalog.regclass::oid AS class, x.oid AS oid, 0 AS subid, x.{owner} AS owner, \
         COALESCE(x.{acl}, pg_catalog.acldefault({sort}::\"char\", x.{owner})) AS acl, \
         COALESCE(i.initprivs, pg_catalog.acldefault({sort}::\"char\", x.{owner}) || CASE WHEN x.{acl} IS NOT NULL \
         AND {of_standard} = (SELECT m.oid FROM pg_catalog.pg_namespace m WHERE m.nspname = 'information_schema') \
         THEN ARRAY[pg_catalog.makeaclitem(0::oid, x.{owner}, '{privilege}', false)] \
         ELSE '{{}}' END) AS initial \
         FROM pg_catalog.{catalog} x {join} LEFT JOIN pg_catalog.pg_init_privs i \
         ON i.objoid = x.oid AND i.objsubid = 0 AND i.classoid = '{class}'::pg_catalog.regclass \
         WHERE {only} AND (x.{acl} IS DISTINCT FROM i.initprivs OR (x.oid < 16384 AND x.{owner} <> 10))"
    )
}

/// The same for their columns.
fn columns(of_extension: bool) -> String {
    let (join, only) = if of_extension {
        (
            "JOIN pg_catalog.pg_depend e ON e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass \
             AND e.deptype = 'e' AND e.objid = a.attrelid AND e.objsubid = 0 \
             AND e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass",
            "a.attrelid >= 16384",
        )
    } else {
        ("", "a.attrelid < 16384 AND c.oid < 16384")
    };
    format!(
        "SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::oid, a.attrelid, a.attnum::int4, c.relowner, \
         COALESCE(a.attacl, '{{}}'), COALESCE(i.initprivs, '{{}}') \
         FROM pg_catalog.pg_attribute a {join} JOIN pg_catalog.pg_class c ON c.oid = a.attrelid \
         LEFT JOIN pg_catalog.pg_init_privs i ON i.objoid = a.attrelid AND i.objsubid = a.attnum \
         AND i.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass \
         WHERE {only} AND a.attacl IS DISTINCT FROM i.initprivs AND NOT a.attisdropped"
    )
}

impl Kind for SystemObjects {
    fn name(&self) -> &'static str {
        NAME
    }

    fn catalog(&self) -> Catalog {
        Catalog::InitPrivs
    }

    /// Those that extensions brought.
    fn read(&self, reader: &mut Reader<'_>) -> Result<(), CatalogError> {
        if reader.has_members() {
            let rows = reader.query(&asking(true))?;
            take(reader, &rows)?;
        }
        Ok(())
    }
}

/// Those that the server brought.
pub(in crate::catalog) fn read_of_server(reader: &mut Reader<'_>) -> Result<(), CatalogError> {
    let rows = reader.query_once(&asking(false))?;
    take(reader, &rows)
}

/// Those that the server made, or those that extensions made.
fn asking(of_extensions: bool) -> String {
    let branches = CATALOGS.map(|(catalog, sort, acl, owner)| branch(catalog, sort, acl, owner, of_extensions));
    let branches: Vec<String> = branches.into_iter().chain([columns(of_extensions)]).collect();
    format!(
        "SELECT s.class, s.oid, s.subid, s.owner, s.acl::text[], s.initial::text[], n.type, n.identity \
         FROM ({}) s, LATERAL pg_catalog.pg_identify_object(s.class, s.oid, s.subid) n \
         WHERE s.acl IS DISTINCT FROM s.initial OR (s.oid < 16384 AND s.subid = 0 AND s.owner <> 10)",
        branches.join(" UNION ALL ")
    )
}

fn take(reader: &mut Reader<'_>, rows: &Rows) -> Result<(), CatalogError> {
    for row in rows {
        let mut fields = Fields::of(row, "system object");
        let (class, oid, subid) = (fields.oid()?, fields.oid()?, fields.number()?);
        let owner = fields.oid()?;
        // The superuser that initdb made owns all that the server brought.
        let given_away = oid < 16384 && subid == 0 && owner != 10;
        let owner = reader.role(owner);
        let mut privileges = || Ok::<_, CatalogError>(of_owner(parse_acl(fields.maybe_texts()?)?, &owner));
        let (acl, initial) = (privileges()?, privileges()?);
        // The same privileges in another order.
        if acl == initial && !given_away {
            continue;
        }
        let (sort, identity) = (fields.text()?, fields.text()?);
        let key = Key::new(NAME, &[&sort, &identity]);
        let mut object = Object { owner: Some(OWNER.to_owned()), ..Object::default() };
        object.facts.insert(INITIAL.to_owned(), serde_json::to_value(initial)?);
        if given_away {
            object.facts.insert(GIVEN_TO.to_owned(), owner.into());
        }
        if subid == 0 {
            object.acl = Some(acl);
        } else {
            object.facts.insert(OF_COLUMN.to_owned(), serde_json::to_value(acl)?);
        }
        match reader.class(class) {
            Some(class) => reader.add_brought(Address::of(class, oid, subid), key, object),
            None => reader.add_unaddressed(key, object),
        }
    }
    Ok(())
}

/// Privileges with the placeholder for the owner.
fn of_owner(acl: Option<Vec<Grant>>, owner: &str) -> Vec<Grant> {
    let name = |role: String| if role == owner { OWNER.to_owned() } else { role };
    let named = |grant: Grant| Grant { grantee: name(grant.grantee), grantor: name(grant.grantor), ..grant };
    let mut acl: Vec<Grant> = acl.unwrap_or_default().into_iter().map(named).collect();
    acl.sort();
    acl
}
