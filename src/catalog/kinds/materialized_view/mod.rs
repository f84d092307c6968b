//! Materialized views (<https://www.postgresql.org/docs/current/sql-creatematerializedview.html>): the facts of a view,
//! kept in storage.

pub mod ddl;

use super::view;
use crate::catalog::reader::{Reader, Rows};
use crate::catalog::{Catalog, CatalogError, Kind};

pub struct MaterializedViews;

impl Kind for MaterializedViews {
    fn name(&self) -> &'static str {
        "materialized_view"
    }

    fn catalog(&self) -> Catalog {
        Catalog::Class
    }

    fn slow_query(&self, reader: &Reader<'_>) -> Option<String> {
        Some(view::definitions(reader, "m"))
    }

    fn read_slow(&self, reader: &mut Reader<'_>, rows: &Rows) -> Result<(), CatalogError> {
        view::read_definitions(reader, rows)
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<(), CatalogError> {
        view::read_relkind(reader, "materialized_view", "m")
    }
}
