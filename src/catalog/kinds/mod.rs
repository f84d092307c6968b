//! The kinds of objects a snapshot holds: one folder each, one line each in `ALL`.

#![allow(clippy::format_push_string, reason = "statements are put together piece by piece, to be read")]

use std::collections::HashMap;
use std::sync::LazyLock;

use super::ddl::Statements;
use super::reader::{Reader, Rows};
use super::{Catalog, CatalogError};

pub mod access_method;
pub mod aggregate;
pub mod base_type;
pub mod cast;
pub mod collation;
pub mod column;
pub mod composite_type;
pub mod constraint;
pub mod conversion;
pub mod database;
pub mod default_privilege;
pub mod domain;
pub mod r#enum;
pub mod event_trigger;
pub mod extension;
pub mod foreign_data_wrapper;
pub mod foreign_table;
pub mod function;
pub mod index;
pub mod language;
pub mod large_object;
pub mod materialized_view;
pub mod operator;
pub mod operator_class;
pub mod operator_family;
pub mod policy;
pub mod procedure;
pub mod publication;
pub mod range_type;
pub mod rule;
pub mod schema;
pub mod sequence;
pub mod server;
pub mod setting;
pub mod statistics;
pub mod subscription;
pub mod system_object;
pub mod table;
pub mod text_search_configuration;
pub mod text_search_dictionary;
pub mod text_search_parser;
pub mod text_search_template;
pub mod transform;
pub mod trigger;
pub mod user_mapping;
pub mod view;

/// What the other rooms need from a kind; they name none.
pub trait Kind: Statements + Sync {
    /// The kind's one name: folder, key and JSON.
    fn name(&self) -> &'static str;

    /// The catalog whose rows are these objects.
    fn catalog(&self) -> Catalog;

    /// The catalogs its query reads beside those that every role may read.
    fn catalogs(&self) -> &'static [Catalog] {
        &[]
    }

    /// Whether a database may well have none of it: then it is only asked for where its own catalog holds rows of users, by
    /// their oids.
    fn is_rare(&self) -> bool {
        false
    }

    /// Where a role stands in the path of its keys: a rehearsal runs as another role than an apply.
    fn role_at(&self) -> Option<usize> {
        None
    }

    /// Whether a structural dump takes it along.
    fn is_dumped(&self) -> bool {
        true
    }

    /// What it asks first, where that may be asked while the kind before it is still being read.
    fn first_query(&self, _: &Reader<'_>) -> Option<String> {
        None
    }

    /// What the server takes long to answer and no other kind waits for: it is asked while the columns, which are the most,
    /// are made objects of.
    fn slow_query(&self, _: &Reader<'_>) -> Option<String> {
        None
    }

    /// Reads the answer to it.
    fn read_slow(&self, _: &mut Reader<'_>, _: &Rows) -> Result<(), CatalogError> {
        Ok(())
    }

    /// Reads all objects of the kind: with one query, or two more for expressions.
    fn read(&self, reader: &mut Reader<'_>) -> Result<(), CatalogError>;
}

/// Every kind, in an order in which each finds what it lies in.
pub const ALL: &[&dyn Kind] = &[
    &database::Databases,
    &setting::Settings,
    &schema::Schemas,
    &language::Languages,
    &access_method::AccessMethods,
    &collation::Collations,
    &table::Tables,
    &view::Views,
    &materialized_view::MaterializedViews,
    &composite_type::CompositeTypes,
    &r#enum::Enums,
    &domain::Domains,
    &range_type::RangeTypes,
    &base_type::BaseTypes,
    &foreign_data_wrapper::ForeignDataWrappers,
    &server::Servers,
    &user_mapping::UserMappings,
    &foreign_table::ForeignTables,
    &column::Columns,
    &sequence::Sequences,
    &constraint::Constraints,
    &index::Indexes,
    &statistics::StatisticsObjects,
    &function::Functions,
    &procedure::Procedures,
    &aggregate::Aggregates,
    &cast::Casts,
    &operator::Operators,
    &operator_family::OperatorFamilies,
    &operator_class::OperatorClasses,
    &conversion::Conversions,
    &transform::Transforms,
    &text_search_parser::TextSearchParsers,
    &text_search_template::TextSearchTemplates,
    &text_search_dictionary::TextSearchDictionaries,
    &text_search_configuration::TextSearchConfigurations,
    &trigger::Triggers,
    &rule::Rules,
    &policy::Policies,
    &extension::Extensions,
    &event_trigger::EventTriggers,
    &publication::Publications,
    &subscription::Subscriptions,
    &default_privilege::DefaultPrivileges,
    &large_object::LargeObjects,
    &system_object::SystemObjects,
];

/// Every kind by its name, with its place in the list.
static BY_NAME: LazyLock<HashMap<&str, (usize, &dyn Kind)>> =
    LazyLock::new(|| ALL.iter().enumerate().map(|(at, kind)| (kind.name(), (at, *kind))).collect());

/// A kind by its name.
pub fn find(name: &str) -> Option<&'static dyn Kind> {
    BY_NAME.get(name).map(|(_, kind)| *kind)
}

/// Where a kind stands in the list: what others lie in comes first.
pub fn rank(name: &str) -> usize {
    BY_NAME.get(name).map_or(ALL.len(), |(at, _)| *at)
}
