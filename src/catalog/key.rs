//! What an object is called.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::base::quote_ident;

/// An object's kind and its path of names: `["public", "users", "id"]` for a column.
/// The last part of a function's path is its name with argument types.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key {
    pub kind: String,
    pub path: Vec<String>,
}

impl Key {
    pub fn new(kind: &str, path: &[&str]) -> Self {
        Self { kind: kind.to_owned(), path: path.iter().map(|&part| part.to_owned()).collect() }
    }

    /// The object's own name.
    pub fn name(&self) -> &str {
        self.path.last().map_or("", String::as_str)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path: Vec<String> = self.path.iter().map(|part| quote_ident(part)).collect();
        write!(f, "{} {}", self.kind, path.join("."))
    }
}
