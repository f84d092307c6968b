//! The values of one row.

use super::CatalogError;
use super::expression::settled;
use crate::pg::Row;

/// The values of one row, taken in the order of the query.
pub struct Fields {
    row: Row,
    at: usize,
    what: &'static str,
}

macro_rules! fields {
    ($($(#[$doc:meta])* $name:ident: $type:ty,)*) => {
        impl Fields {
            $($(#[$doc])* pub fn $name(&mut self) -> Result<$type, CatalogError> {
                let at = self.at;
                self.at += 1;
                self.row.try_get(at).map_err(|error| CatalogError::Shape {
                    what: self.what,
                    because: error.to_string(),
                })
            })*
        }
    };
}

fields! {
    text: String,
    maybe_text: Option<String>,
    texts: Vec<String>,
    maybe_texts: Option<Vec<String>>,
    /// A list that may hold NULLs.
    each_maybe_text: Vec<Option<String>>,
    maybe_each_maybe_text: Option<Vec<Option<String>>>,
    oid: u32,
    maybe_oid: Option<u32>,
    oids: Vec<u32>,
    maybe_oids: Option<Vec<u32>>,
    number: i32,
    maybe_number: Option<i32>,
    numbers: Vec<i32>,
    /// A column's number.
    position: i16,
    maybe_position: Option<i16>,
    positions: Vec<i16>,
    maybe_positions: Option<Vec<i16>>,
    long: i64,
    maybe_long: Option<i64>,
    longs: Vec<i64>,
    real: f32,
    yes: bool,
}

impl Fields {
    /// A `"char"`: one of PostgreSQL's letters; a blank where it has none.
    pub fn letter(&mut self) -> Result<char, CatalogError> {
        let at = self.at;
        self.at += 1;
        let letter: i8 = self
            .row
            .try_get(at)
            .map_err(|error| CatalogError::Shape { what: self.what, because: error.to_string() })?;
        Ok(match letter {
            0 => ' ',
            letter => char::from(letter.cast_unsigned()),
        })
    }

    /// An expression, or a query, as the server writes it once it has read its own text.
    pub fn expression(&mut self) -> Result<Option<String>, CatalogError> {
        Ok(self.maybe_text()?.map(settled))
    }

    /// Several of them.
    pub fn expressions(&mut self) -> Result<Option<Vec<String>>, CatalogError> {
        Ok(self.maybe_texts()?.map(|texts| texts.into_iter().map(settled).collect()))
    }

    /// One for each part, where it has one.
    pub fn each_maybe_expression(&mut self) -> Result<Vec<Option<String>>, CatalogError> {
        let texts = self.maybe_each_maybe_text()?.unwrap_or_default();
        Ok(texts.into_iter().map(|text| text.map(settled)).collect())
    }

    pub fn of(row: Row, what: &'static str) -> Self {
        Self { row, at: 0, what }
    }
}
