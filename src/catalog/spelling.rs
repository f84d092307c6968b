//! SQL that spells what an oid stands for: names with their schemas, so that they mean the same under every search path.

/// The name in its schema of the row with this oid, as SQL writes it; NULL where there is no such row.
pub fn qualified(catalog: &str, oid: &str) -> String {
    let (name, schema) = match catalog {
        "pg_collation" => ("collname", "collnamespace"),
        "pg_opclass" => ("opcname", "opcnamespace"),
        "pg_opfamily" => ("opfname", "opfnamespace"),
        "pg_ts_config" => ("cfgname", "cfgnamespace"),
        "pg_ts_dict" => ("dictname", "dictnamespace"),
        "pg_ts_parser" => ("prsname", "prsnamespace"),
        "pg_ts_template" => ("tmplname", "tmplnamespace"),
        _ => ("proname", "pronamespace"),
    };
    format!(
        "(SELECT pg_catalog.quote_ident(xm.nspname) || '.' || pg_catalog.quote_ident(x.{name}) \
         FROM pg_catalog.{catalog} x JOIN pg_catalog.pg_namespace xm ON xm.oid = x.{schema} WHERE x.oid = {oid})"
    )
}

/// A function without its arguments, where its place says what they are.
pub fn function(oid: &str) -> String {
    qualified("pg_proc", oid)
}

/// A function with the types of its arguments.
pub fn signature(oid: &str) -> String {
    format!(
        "(SELECT pg_catalog.quote_ident(xm.nspname) || '.' || pg_catalog.quote_ident(x.proname) || '(' || \
         pg_catalog.array_to_string(ARRAY(SELECT pg_catalog.format_type(xt, NULL) \
         FROM pg_catalog.unnest(x.proargtypes::oid[]) WITH ORDINALITY xu(xt, xn) ORDER BY xn), ', ') || ')' \
         FROM pg_catalog.pg_proc x JOIN pg_catalog.pg_namespace xm ON xm.oid = x.pronamespace WHERE x.oid = {oid})"
    )
}

/// An operator without its operands: `pg_catalog.<`.
pub fn operator(oid: &str) -> String {
    format!(
        "(SELECT pg_catalog.quote_ident(xm.nspname) || '.' || x.oprname \
         FROM pg_catalog.pg_operator x JOIN pg_catalog.pg_namespace xm ON xm.oid = x.oprnamespace WHERE x.oid = {oid})"
    )
}
