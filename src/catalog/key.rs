//! What an object is called.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

use compact_str::CompactString;
use rustc_hash::FxHasher;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::kinds::function::ddl::bare;
use crate::base::{quote_ident, split_names};

/// Kinds whose last path part is SQL text already: `name(argument types)`, `name USING btree`, `(integer AS text)`.
const SPELLED: [&str; 8] =
    ["aggregate", "cast", "function", "operator", "operator_class", "operator_family", "procedure", "transform"];

/// An object's kind and its path of names: `["public", "users", "id"]` for a column.
///
/// The last part of a routine's path is its name, quoted where SQL would quote it, with the types of its
/// arguments: `touch(integer, text)`. Operators, their classes and families, casts and transforms are told apart by
/// such a text too.
///
/// ```
/// use pgwarrant::catalog::Key;
/// assert_eq!(Key::new("column", &["public", "users", "id"]).to_string(), "column public.users.id");
/// assert_eq!(Key::new("function", &["public", "touch(integer)"]).to_string(), "function public.touch(integer)");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key {
    pub kind: CompactString,
    pub path: Path,
}

/// Names, outermost first. A snapshot says most of them several times (an object, its parts' parent, its addresses), so
/// they are kept once, and with their hash: what is found by its key is found in many steps.
#[derive(Clone, Debug, Eq)]
pub struct Path {
    names: Arc<[CompactString]>,
    hash: u64,
}

/// Most paths that are compared are kept in one place.
impl PartialEq for Path {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.names, &other.names) || (self.hash == other.hash && self.names == other.names)
    }
}

impl Hash for Path {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

impl Ord for Path {
    fn cmp(&self, other: &Self) -> Ordering {
        if Arc::ptr_eq(&self.names, &other.names) { Ordering::Equal } else { self.names.cmp(&other.names) }
    }
}

impl PartialOrd for Path {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Deref for Path {
    type Target = [CompactString];

    fn deref(&self) -> &[CompactString] {
        &self.names
    }
}

impl Path {
    /// The same path with another name in this place.
    #[must_use]
    pub fn with(&self, at: usize, name: &str) -> Self {
        self.iter().enumerate().map(|(n, part)| if n == at { name.into() } else { part.clone() }).collect()
    }
}

impl<Name: Into<CompactString>> FromIterator<Name> for Path {
    fn from_iter<Names: IntoIterator<Item = Name>>(names: Names) -> Self {
        Self::from(names.into_iter().map(Into::into).collect::<Arc<[CompactString]>>())
    }
}

impl From<Arc<[CompactString]>> for Path {
    fn from(names: Arc<[CompactString]>) -> Self {
        let mut hasher = FxHasher::default();
        names.hash(&mut hasher);
        Self { hash: hasher.finish(), names }
    }
}

impl Default for Path {
    fn default() -> Self {
        Self::from(Arc::default())
    }
}

impl Serialize for Path {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.names.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Path {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Arc::deserialize(deserializer).map(Self::from)
    }
}

impl Key {
    pub fn new(kind: &str, path: &[&str]) -> Self {
        Self { kind: kind.into(), path: path.iter().copied().collect() }
    }

    /// The key of something that lies in this object: its path, and one more name.
    #[must_use]
    pub fn child(&self, kind: &str, name: &str) -> Self {
        let path = self.path.iter().cloned().chain([name.into()]).collect();
        Self { kind: kind.into(), path }
    }

    /// The key of what lies beside it with this last part.
    #[must_use]
    pub fn under(&self, last: &str) -> Self {
        Self { kind: self.kind.clone(), path: self.path.with(self.path.len().saturating_sub(1), last) }
    }

    /// The same object under another name; the types of arguments stay. None where the last part is more than these.
    pub fn renamed(&self, name: &str) -> Option<Self> {
        let arguments = match self.kind.as_str() {
            _ if self.routine().is_some() => self.name().get(bare(self.name()).len()..)?,
            kind if SPELLED.contains(&kind) => return None,
            _ => "",
        };
        Some(self.under(&format!("{name}{arguments}")))
    }

    /// The own name of a routine without the types of its arguments, unquoted; None for what is no routine.
    pub fn routine(&self) -> Option<&str> {
        let routine = matches!(self.kind.as_str(), "aggregate" | "function" | "procedure");
        routine.then(|| bare(self.name()).trim_matches('"'))
    }

    /// The object's own name.
    pub fn name(&self) -> &str {
        self.path.last().map_or("", CompactString::as_str)
    }

    /// The key of an object from what SQL calls it: `public.users.id`.
    pub fn of_sql(kind: &str, sql: &str) -> Self {
        Self { kind: kind.into(), path: split_names(sql).into_iter().collect() }
    }

    /// The path as SQL writes it, without the kind: `public.users.id`.
    pub fn sql(&self) -> String {
        let spelled = SPELLED.contains(&self.kind.as_str());
        let last = self.path.len().saturating_sub(1);
        let path: Vec<String> = self
            .path
            .iter()
            .enumerate()
            .map(|(at, part)| if spelled && at == last { part.to_string() } else { quote_ident(part) })
            .collect();
        path.join(".")
    }

    /// The first part and the second, as SQL: the relation an attribute, constraint or trigger belongs to.
    pub fn relation(&self) -> String {
        self.path.iter().take(2).map(|part| quote_ident(part)).collect::<Vec<_>>().join(".")
    }

    /// The schema the path begins with.
    pub fn schema(&self) -> &str {
        self.path.first().map_or("", CompactString::as_str)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.replace('_', " "), self.sql())
    }
}

#[cfg(test)]
mod tests {
    use super::Key;

    #[test]
    fn names_are_quoted_where_sql_needs_it() {
        assert_eq!(Key::new("table", &["My Schema", "order"]).to_string(), "table \"My Schema\".\"order\"");
        assert_eq!(Key::new("function", &["s", "\"F\"(integer, text)"]).sql(), "s.\"F\"(integer, text)");
    }

    #[test]
    fn a_child_extends_the_path() {
        let table = Key::new("table", &["public", "users"]);
        assert_eq!(table.child("column", "id"), Key::new("column", &["public", "users", "id"]));
    }
}
