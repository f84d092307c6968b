//! The functions of pg_catalog that do nothing but compute, by name. A deny-by-default list: what is not on it may
//! do anything. It says nothing about which function a name resolves to; a pinned `search_path` sees to that.

use std::collections::BTreeSet;
use std::sync::LazyLock;

/// Immutable or stable, without side effects.
const PLAIN: &str = "abs age array_append array_cat array_fill array_length array_lower array_ndims array_position \
    array_positions array_prepend array_remove array_replace array_to_json array_to_string array_upper ascii avg \
    bit_and bit_count bit_length bit_or bool_and bool_or btrim cardinality cbrt ceil ceiling char_length \
    character_length chr coalesce concat concat_ws convert_from convert_to count cume_dist current_database \
    current_schema current_user date date_bin date_part date_trunc decode degrees dense_rank div encode every exp \
    extract factorial family first_value floor format gcd greatest hashtext host initcap isfinite json_agg \
    json_array_elements json_array_length json_build_array json_build_object json_object json_object_agg \
    json_object_keys json_strip_nulls json_to_record json_typeof jsonb_agg jsonb_array_elements \
    jsonb_array_elements_text jsonb_array_length jsonb_build_array jsonb_build_object jsonb_each jsonb_each_text \
    jsonb_extract_path jsonb_extract_path_text jsonb_insert jsonb_object jsonb_object_agg jsonb_object_keys \
    jsonb_path_exists jsonb_path_match jsonb_path_query jsonb_path_query_array jsonb_path_query_first jsonb_pretty \
    jsonb_set jsonb_strip_nulls jsonb_typeof justify_days justify_hours justify_interval lag last_value lcm lead \
    least left length ln localtime localtimestamp log log10 lower lower_inc lower_inf lpad ltrim make_date \
    make_interval make_time make_timestamp make_timestamptz masklen max md5 min mod netmask network normalize now \
    nth_value ntile nullif num_nonnulls num_nulls numnode octet_length overlaps overlay parse_ident percent_rank \
    percentile_cont percentile_disc phraseto_tsquery pi plainto_tsquery position power quote_ident quote_literal \
    quote_nullable radians range_merge rank regexp_count regexp_instr regexp_like regexp_match regexp_matches \
    regexp_replace regexp_split_to_array regexp_split_to_table regexp_substr repeat replace reverse right round \
    row_number row_to_json rpad rtrim scale session_user set_masklen setweight sha224 sha256 sha384 sha512 sign \
    similar_to_escape split_part sqrt starts_with statement_timestamp strip strpos string_agg \
    string_to_array string_to_table stddev sum substr substring text timezone to_ascii to_char to_date to_hex \
    to_json to_jsonb to_number to_timestamp to_tsquery to_tsvector transaction_timestamp translate trim trim_array \
    trim_scale trunc ts_rank ts_rank_cd tsvector_to_array unistr unnest upper upper_inc upper_inf variance \
    websearch_to_tsquery width_bucket int4range int8range numrange tsrange tstzrange daterange isempty btrim ltrim \
    rtrim like_escape pg_typeof generate_series array_agg any_value json_populate_record jsonb_populate_record \
    json_populate_recordset jsonb_populate_recordset json_to_recordset jsonb_to_record jsonb_to_recordset json_each \
    json_each_text json_extract_path json_extract_path_text json_array_elements_text jsonb_path_query_tz stddev_pop \
    stddev_samp var_pop var_samp corr covar_pop covar_samp mode is_normalized pg_collation_for hashtextextended int2 \
    int4 int8 float4 float8 numeric bool varchar bpchar sin cos tan asin acos atan atan2 crc32 crc32c casefold \
    array_reverse array_sort array_dims date_add date_subtract range_agg bit_xor bit_and xmlagg string_to_array";

/// Trigger functions that PostgreSQL brings along.
const TRIGGERS: &str = "suppress_redundant_updates_trigger tsvector_update_trigger tsvector_update_trigger_column";

/// Harmless, but different at every call.
const VOLATILE: &str = "clock_timestamp nextval gen_random_uuid uuidv4 uuidv7 random timeofday";

/// They run SQL given as text.
const RUNS_TEXT: &str = "query_to_xml query_to_xmlschema query_to_xml_and_xmlschema cursor_to_xml \
    cursor_to_xmlschema table_to_xml table_to_xmlschema table_to_xml_and_xmlschema schema_to_xml \
    schema_to_xmlschema schema_to_xml_and_xmlschema database_to_xml database_to_xmlschema \
    database_to_xml_and_xmlschema ts_stat ts_rewrite dblink dblink_exec dblink_open dblink_send_query crosstab \
    connectby xpath_table";

fn set(list: &'static str) -> BTreeSet<&'static str> {
    list.split_ascii_whitespace().collect()
}

static PLAIN_NAMES: LazyLock<BTreeSet<&str>> = LazyLock::new(|| set(PLAIN));
static VOLATILE_NAMES: LazyLock<BTreeSet<&str>> = LazyLock::new(|| set(VOLATILE));
static RUNS_TEXT_NAMES: LazyLock<BTreeSet<&str>> = LazyLock::new(|| set(RUNS_TEXT));
static TRIGGER_NAMES: LazyLock<BTreeSet<&str>> = LazyLock::new(|| set(TRIGGERS));

/// The bare name, where it can only be meant for pg_catalog.
fn catalog_name<'a>(parts: &[&'a str]) -> Option<&'a str> {
    match parts {
        [name] | ["pg_catalog", name] => Some(name),
        _ => None,
    }
}

/// It only computes.
pub fn is_plain(parts: &[&str]) -> bool {
    catalog_name(parts).is_some_and(|name| PLAIN_NAMES.contains(name) || VOLATILE_NAMES.contains(name))
}

/// It may give another result for every row.
///
/// A name that takes no arguments in pg_catalog is somebody's own function where it is given some.
pub fn may_be_volatile(parts: &[&str], has_arguments: bool) -> bool {
    !catalog_name(parts)
        .is_some_and(|name| PLAIN_NAMES.contains(name) && !(has_arguments && WITHOUT_ARGUMENTS.contains(&name)))
}

const WITHOUT_ARGUMENTS: [&str; 4] = ["now", "transaction_timestamp", "statement_timestamp", "current_database"];

/// It runs SQL that is given as text.
pub fn runs_text(parts: &[&str]) -> bool {
    parts.last().is_some_and(|name| RUNS_TEXT_NAMES.contains(name))
}

/// A trigger function of pg_catalog.
pub fn is_system_trigger(parts: &[&str]) -> bool {
    catalog_name(parts).is_some_and(|name| TRIGGER_NAMES.contains(name))
}
