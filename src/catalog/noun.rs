//! The nouns a contract counts.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! nouns {
    ($($(#[$doc:meta])* $variant:ident = $words:literal,)*) => {
        /// Something countable. Each says what it counts.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub enum Noun {
            $($(#[$doc])* $variant,)*
        }

        impl Noun {
            /// Every noun, in the order of the contract language.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The plural words a contract uses: `primary keys`.
            pub const fn words(self) -> &'static str {
                match self {
                    $(Self::$variant => $words,)*
                }
            }
        }
    };
}

nouns! {
    /// Schemas of users: not `pg_*`, not `information_schema`, not an extension's.
    Schemas = "schemas",
    /// Ordinary and partitioned tables. A partition is counted as a partition, not as a table.
    Tables = "tables",
    /// Tables that are a partition of another (a partition that is itself partitioned is one too).
    Partitions = "partitions",
    Views = "views",
    MaterializedViews = "materialized views",
    /// Columns of tables and partitions; of one relation: its columns, whatever it is.
    Columns = "columns",
    /// Columns with a default; an identity or a generated column has none.
    Defaults = "defaults",
    /// Columns of tables and partitions that refuse NULL, for whatever reason.
    NotNulls = "not nulls",
    /// Constraints of tables and partitions, those a partition got from its partitioned table included.
    PrimaryKeys = "primary keys",
    ForeignKeys = "foreign keys",
    UniqueConstraints = "unique constraints",
    /// Of tables and partitions; the checks of a domain belong to the domain.
    CheckConstraints = "check constraints",
    ExclusionConstraints = "exclusion constraints",
    /// All indexes, those behind primary keys, unique and exclusion constraints included.
    Indexes = "indexes",
    /// Triggers that people made; the internal ones behind constraints are not counted.
    Triggers = "triggers",
    /// Rewrite rules, but not the one that makes a view a view.
    Rules = "rules",
    Policies = "policies",
    /// All sequences, those behind identity and serial columns included.
    Sequences = "sequences",
    /// Functions, window functions included; procedures and aggregates are nouns of their own.
    Functions = "functions",
    Procedures = "procedures",
    Aggregates = "aggregates",
    /// Enums, domains, composite, range and base types; row types of tables and array types are not counted.
    Types = "types",
    Enums = "enums",
    Domains = "domains",
    Extensions = "extensions",
    /// Objects of the snapshot that have a comment.
    Comments = "comments",
    /// Privileges written down for someone else than the owner, beyond what PostgreSQL gives by itself
    /// (EXECUTE on a function and USAGE on a type to PUBLIC): one for each grantee and privilege.
    Grants = "grants",
    /// Extended statistics objects.
    Statistics = "statistics",
    EventTriggers = "event triggers",
    Publications = "publications",
    Subscriptions = "subscriptions",
    CompositeTypes = "composite types",
    RangeTypes = "range types",
    BaseTypes = "base types",
    Collations = "collations",
    Conversions = "conversions",
    Casts = "casts",
    Transforms = "transforms",
    Languages = "languages",
    AccessMethods = "access methods",
    Operators = "operators",
    OperatorClasses = "operator classes",
    OperatorFamilies = "operator families",
    TextSearchParsers = "text search parsers",
    TextSearchTemplates = "text search templates",
    TextSearchDictionaries = "text search dictionaries",
    TextSearchConfigurations = "text search configurations",
    ForeignDataWrappers = "foreign data wrappers",
    Servers = "servers",
    UserMappings = "user mappings",
    ForeignTables = "foreign tables",
    /// One for each role, schema and sort of objects.
    DefaultPrivileges = "default privileges",
    /// Settings that sessions of this database start with: one for each role that has any, and one for all.
    Settings = "settings",
}

impl fmt::Display for Noun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

/// Reads the plural words; case and the number of spaces do not matter.
///
/// ```
/// use pgwarrant::catalog::Noun;
/// assert_eq!("primary  keys".parse(), Ok(Noun::PrimaryKeys));
/// assert!("table".parse::<Noun>().is_err());
/// ```
impl FromStr for Noun {
    type Err = UnknownNoun;

    fn from_str(text: &str) -> Result<Self, UnknownNoun> {
        let words = text.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().join(" ");
        Self::ALL.iter().copied().find(|noun| noun.words() == words).ok_or_else(|| UnknownNoun { found: text.into() })
    }
}

impl TryFrom<String> for Noun {
    type Error = UnknownNoun;

    fn try_from(text: String) -> Result<Self, UnknownNoun> {
        text.parse()
    }
}

impl From<Noun> for String {
    fn from(noun: Noun) -> Self {
        noun.words().to_owned()
    }
}

/// A word that names nothing countable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is not a countable noun")]
pub struct UnknownNoun {
    pub found: String,
}

/// Where it is counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    Database,
    Schema(String),
    /// One relation, as in `columns of public.users`.
    Relation(crate::base::QualifiedName),
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Database => f.write_str("the database"),
            Self::Schema(schema) => write!(f, "schema {}", crate::base::quote_ident(schema)),
            Self::Relation(relation) => relation.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Noun;

    #[test]
    fn every_noun_reads_its_own_words() {
        for noun in Noun::ALL {
            assert_eq!(noun.to_string().to_uppercase().parse(), Ok(*noun));
        }
    }
}
