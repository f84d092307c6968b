//! The nouns a contract counts.

/// Something countable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Noun {
    Schemas,
    Tables,
}

/// Where it is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    Database,
    Schema(String),
    /// One relation, as in `columns of public.users`.
    Relation(crate::base::QualifiedName),
}
