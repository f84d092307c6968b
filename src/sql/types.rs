//! Types as they are written.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::tree::View;
use crate::base::quote_ident;

/// Types of pg_catalog that are written without a schema.
const SYSTEM: &str = "text uuid json jsonb bytea date money name oid xml inet cidr macaddr macaddr8 point line lseg box \
    path polygon circle tsvector tsquery serial smallserial bigserial serial2 serial4 serial8 int2 int4 int8 float4 \
    float8 bool numeric timestamptz timestamp time timetz interval varchar bpchar bit varbit char void record trigger \
    event_trigger anyelement anyarray anyenum anynonarray anyrange anycompatible anycompatiblearray \
    anycompatiblenonarray anycompatiblerange anymultirange anycompatiblemultirange any regclass regproc regprocedure \
    regoper regoperator regtype regrole regnamespace regconfig regdictionary regcollation int4range int8range numrange \
    tsrange tstzrange daterange int4multirange int8multirange nummultirange tsmultirange tstzmultirange datemultirange \
    xid xid8 cid tid pg_lsn txid_snapshot pg_snapshot jsonpath internal cstring language_handler fdw_handler \
    index_am_handler table_am_handler tsm_handler refcursor int2vector oidvector gtsvector aclitem unknown";

static NAMES: LazyLock<BTreeSet<&str>> = LazyLock::new(|| SYSTEM.split_ascii_whitespace().collect());

/// Whether an unqualified name is a type that PostgreSQL brings along.
pub fn is_system(name: &str) -> bool {
    NAMES.contains(name)
}

/// A type as the catalog calls it: `integer`, `timestamp with time zone[]`, `app."Mood"`.
pub fn catalog_name(node: View) -> Option<String> {
    let names: Vec<&str> = node.list("names").filter_map(View::string).collect();
    let system = match names.as_slice() {
        ["pg_catalog", name] => Some(*name),
        [name] if is_system(name) => Some(*name),
        _ => None,
    };
    let name = match system {
        Some("bool") => "boolean".to_owned(),
        Some("int2") => "smallint".to_owned(),
        Some("int4") => "integer".to_owned(),
        Some("int8") => "bigint".to_owned(),
        Some("float4") => "real".to_owned(),
        Some("float8") => "double precision".to_owned(),
        Some("bpchar") => "character".to_owned(),
        Some("varchar") => "character varying".to_owned(),
        Some("varbit") => "bit varying".to_owned(),
        Some("timestamp") => "timestamp without time zone".to_owned(),
        Some("timestamptz") => "timestamp with time zone".to_owned(),
        Some("time") => "time without time zone".to_owned(),
        Some("timetz") => "time with time zone".to_owned(),
        Some("char") => "\"char\"".to_owned(),
        Some(name) => name.to_owned(),
        None => names.iter().map(|name| quote_ident(name)).collect::<Vec<_>>().join("."),
    };
    let array = if node.is_set("array_bounds") { "[]" } else { "" };
    (!name.is_empty()).then(|| format!("{name}{array}"))
}

/// The written form of a type, without schema for those of pg_catalog: `int4`, `varchar(20)`, `app.mood[]`.
pub fn type_name(node: View) -> Option<String> {
    let mut names: Vec<&str> = node.list("names").filter_map(View::string).collect();
    if names.first() == Some(&"pg_catalog") {
        names.remove(0);
    }
    let mut name = names.join(".");
    if name.is_empty() {
        return None;
    }
    let modifiers: Vec<String> =
        node.list_of("typmods", "AConst").map(|constant| constant.get("val").number("ival").to_string()).collect();
    if !modifiers.is_empty() {
        name = format!("{name}({})", modifiers.join(","));
    }
    if node.is_set("array_bounds") {
        name.push_str("[]");
    }
    Some(name)
}
