//! The rules: one folder each, one line each in `ALL`. A folder holds its page (README.md), its code (mod.rs) and a
//! pair of scripts (bad.sql, good.sql) that are documentation and test at once. The folder's name is the slug.

use super::case::{Case, Found};
use crate::base::Severity;

/// Which question a rule asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// Forbidden unless the contract allows it.
    Gate,
    /// What it does to those who use the database meanwhile. Can be suppressed, with a reason.
    Hazard,
}

/// One rule.
pub struct Rule {
    /// The one name: the folder's, with dashes.
    pub slug: &'static str,
    pub family: Family,
    pub severity: Severity,
    /// The page that `explain` prints: the only text about the rule.
    pub page: &'static str,
    pub bad: &'static str,
    pub good: &'static str,
    /// A gate that stands even where there is no contract.
    pub without_contract: bool,
    pub check: fn(&Case, &mut Found),
}

impl std::fmt::Debug for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Rule({})", self.slug)
    }
}

/// The rule of the folder this is called in.
macro_rules! rule {
    ($slug:literal, $family:ident, $severity:ident) => {
        rule!($slug, $family, $severity, false);
    };
    ($slug:literal, $family:ident, $severity:ident, $without_contract:literal) => {
        pub(in crate::checks) static RULE: crate::checks::Rule = crate::checks::Rule {
            slug: $slug,
            family: crate::checks::Family::$family,
            severity: crate::base::Severity::$severity,
            page: include_str!("README.md"),
            bad: include_str!("bad.sql"),
            good: include_str!("good.sql"),
            without_contract: $without_contract,
            check,
        };
    };
}

mod add_check_without_not_valid;
mod add_exclusion_constraint;
mod add_foreign_key_without_not_valid;
mod add_unique_without_index;
mod adding_not_null_column_without_default;
mod alter_domain_constraint;
mod attach_partition_scan;
mod backfill_in_same_transaction;
mod cascade;
mod char_column;
mod column_type_rewrite;
mod concurrently_in_transaction;
mod copy;
mod detach_not_concurrent;
mod domain_with_constraint;
mod drop_column;
mod drop_database;
mod drop_index_not_concurrent;
mod drop_not_null;
mod drop_table;
mod dynamic_sql;
mod enum_type;
mod enum_value_in_transaction;
mod enum_value_order;
mod every_row_written;
mod foreign_key_without_index;
mod function_language;
mod if_not_exists;
mod index_not_concurrent;
mod integer_column;
mod json_column;
mod long_identifier;
mod meta_command;
mod missing_statement_timeout;
mod missing_timeouts;
mod money_column;
mod nested_transaction;
mod non_ascii_identifier;
mod not_allowed;
mod not_in_transaction;
mod not_repeatable;
mod number_syntax;
mod on_delete_cascade;
mod opaque;
mod outside_schema;
mod parameter_reference;
mod primary_key_using_index;
mod psql_variable;
mod refresh_not_concurrent;
mod reindex_not_concurrent;
mod rename;
mod repeated_alter_table;
mod repeated_column;
mod risky_alteration;
mod security_switched_off;
mod serial_column;
mod session_setting;
mod set_not_null;
mod smallint_column;
mod statement_under_lock;
mod string_syntax;
mod suppression;
mod system_catalog_write;
mod table_rewrite;
mod table_without_primary_key;
mod table_without_schema;
mod temporary_object;
mod timestamp_without_time_zone;
mod transaction_control;
mod trigger_on_live_table;
mod truncate;
mod truncate_cascade;
mod unbatched_write;
mod uncommitted_transaction;
mod unlogged_table;
mod unparsable;
mod unqualified_name;
mod validate_in_same_transaction;
mod varchar_limit;
mod volatile_default_rewrite;
mod wide_index;

/// Every rule: gates first, then hazards.
pub(super) static ALL: &[&Rule] = &[
    &unparsable::RULE,
    &meta_command::RULE,
    &psql_variable::RULE,
    &not_allowed::RULE,
    &outside_schema::RULE,
    &unqualified_name::RULE,
    &cascade::RULE,
    &transaction_control::RULE,
    &dynamic_sql::RULE,
    &opaque::RULE,
    &session_setting::RULE,
    &copy::RULE,
    &not_in_transaction::RULE,
    &system_catalog_write::RULE,
    &temporary_object::RULE,
    &parameter_reference::RULE,
    &long_identifier::RULE,
    &non_ascii_identifier::RULE,
    &string_syntax::RULE,
    &number_syntax::RULE,
    &function_language::RULE,
    &suppression::RULE,
    &risky_alteration::RULE,
    &adding_not_null_column_without_default::RULE,
    &volatile_default_rewrite::RULE,
    &column_type_rewrite::RULE,
    &set_not_null::RULE,
    &add_foreign_key_without_not_valid::RULE,
    &add_check_without_not_valid::RULE,
    &add_unique_without_index::RULE,
    &index_not_concurrent::RULE,
    &drop_column::RULE,
    &drop_table::RULE,
    &rename::RULE,
    &truncate::RULE,
    &backfill_in_same_transaction::RULE,
    &every_row_written::RULE,
    &missing_timeouts::RULE,
    &validate_in_same_transaction::RULE,
    &on_delete_cascade::RULE,
    &if_not_exists::RULE,
    &unlogged_table::RULE,
    &enum_value_in_transaction::RULE,
    &security_switched_off::RULE,
    &char_column::RULE,
    &varchar_limit::RULE,
    &timestamp_without_time_zone::RULE,
    &json_column::RULE,
    &integer_column::RULE,
    &smallint_column::RULE,
    &serial_column::RULE,
    &money_column::RULE,
    &table_without_primary_key::RULE,
    &drop_index_not_concurrent::RULE,
    &reindex_not_concurrent::RULE,
    &detach_not_concurrent::RULE,
    &attach_partition_scan::RULE,
    &concurrently_in_transaction::RULE,
    &uncommitted_transaction::RULE,
    &nested_transaction::RULE,
    &not_repeatable::RULE,
    &enum_value_order::RULE,
    &enum_type::RULE,
    &drop_not_null::RULE,
    &drop_database::RULE,
    &table_without_schema::RULE,
    &alter_domain_constraint::RULE,
    &domain_with_constraint::RULE,
    &table_rewrite::RULE,
    &refresh_not_concurrent::RULE,
    &statement_under_lock::RULE,
    &repeated_alter_table::RULE,
    &primary_key_using_index::RULE,
    &foreign_key_without_index::RULE,
    &trigger_on_live_table::RULE,
    &repeated_column::RULE,
    &wide_index::RULE,
    &truncate_cascade::RULE,
    &unbatched_write::RULE,
    &missing_statement_timeout::RULE,
    &add_exclusion_constraint::RULE,
];

/// The rules, for listings.
pub fn rules() -> &'static [&'static Rule] {
    ALL
}

/// A rule's page, with its two examples.
///
/// ```
/// assert!(pgwarrant::checks::explain("drop-column").unwrap().starts_with("# drop-column"));
/// ```
pub fn explain(slug: &str) -> Option<String> {
    let rule = ALL.iter().find(|rule| rule.slug == slug)?;
    let (page, bad, good) = (rule.page, rule.bad, rule.good);
    Some(format!("{page}\n## Flagged\n\n```sql\n{bad}```\n\n## Not flagged\n\n```sql\n{good}```\n"))
}
