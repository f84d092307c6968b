//! Procedures (<https://www.postgresql.org/docs/current/sql-createprocedure.html>): the facts of a function that returns
//! nothing.

pub mod ddl;

use super::function;
use crate::catalog::reader::Reader;
use crate::catalog::{Catalog, CatalogError, Kind};

pub struct Procedures;

impl Kind for Procedures {
    fn name(&self) -> &'static str {
        "procedure"
    }

    fn catalog(&self) -> Catalog {
        Catalog::Proc
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<(), CatalogError> {
        function::read_prokind(reader, "procedure", "'p'")
    }
}
