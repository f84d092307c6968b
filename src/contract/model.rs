//! A contract, read: what the change may do, what must hold before and what must hold after.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::predicate::Predicate;
use crate::base::{Digest, Place, QualifiedName, Span};
use crate::catalog::{Key, Noun, Scope};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contract {
    pub change: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Target>,
    /// The roles a warrant may name; none means that any may be named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    pub allow: Allow,
    pub before: Vec<Line>,
    pub after: Vec<Line>,
    /// Of the contract's text.
    pub digest: Digest,
}

/// The database the change is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    pub database: String,
    /// The cluster's system identifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
}

/// What the statements may be and do. Everything else is refused.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allow {
    pub tags: Vec<AllowedTag>,
    /// Objects may be created, altered, dropped or written only here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<Within>,
    /// Exactly one BEGIN first and one COMMIT last; the id of the line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub one_transaction: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub permits: BTreeSet<Permission>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Within {
    pub id: String,
    pub schemas: BTreeSet<String>,
    pub text: String,
}

/// A command tag, and how often it has to stand in the script.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllowedTag {
    pub id: String,
    pub tag: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<Bound>,
    pub text: String,
    pub place: Place,
}

/// Things that are refused unless a line of the contract says the word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Permission {
    /// `CASCADE` as a drop behaviour.
    Cascade,
    /// Code that the script does not show: functions of one's own, function bodies, CALL, DO.
    Opaque,
    /// SQL put together or kept for run time: DO, PREPARE, EXECUTE.
    DynamicSql,
    /// Temporary objects.
    Temporary,
    /// Statements that cannot run in a transaction block.
    NotInTransaction,
    /// Settings other than `SET LOCAL lock_timeout` and `SET LOCAL statement_timeout`.
    Settings,
    /// Identifiers with characters beyond ASCII.
    NonAsciiNames,
    /// `OWNER TO`.
    Owner,
    /// `RENAME`, `SET SCHEMA`.
    Rename,
    /// `DISABLE TRIGGER`, `DISABLE RULE`, `DISABLE ROW LEVEL SECURITY` and what comes to the same.
    ProtectionOff,
    /// `SET UNLOGGED`, `SET TABLESPACE`, `SET ACCESS METHOD`.
    Storage,
    /// `INHERIT`, `OF` and their opposites.
    Inheritance,
}

impl Permission {
    pub const ALL: [Self; 12] = [
        Self::Cascade,
        Self::Opaque,
        Self::DynamicSql,
        Self::Temporary,
        Self::NotInTransaction,
        Self::Settings,
        Self::NonAsciiNames,
        Self::Owner,
        Self::Rename,
        Self::ProtectionOff,
        Self::Storage,
        Self::Inheritance,
    ];

    /// The words after `permit`.
    pub fn words(self) -> &'static str {
        match self {
            Self::Cascade => "cascade",
            Self::Opaque => "opaque",
            Self::DynamicSql => "dynamic sql",
            Self::Temporary => "temporary",
            Self::NotInTransaction => "not in transaction",
            Self::Settings => "settings",
            Self::NonAsciiNames => "non-ascii names",
            Self::Owner => "owner",
            Self::Rename => "rename",
            Self::ProtectionOff => "protection off",
            Self::Storage => "storage",
            Self::Inheritance => "inheritance",
        }
    }

    /// The permission a sub-command of ALTER needs beyond its command tag.
    pub fn of_alteration(command: &str) -> Option<Self> {
        Some(match command {
            "OWNER TO" => Self::Owner,
            "RENAME" | "RENAME COLUMN" | "RENAME VALUE" | "SET SCHEMA" => Self::Rename,
            "DISABLE TRIGGER"
            | "DISABLE RULE"
            | "DISABLE ROW LEVEL SECURITY"
            | "NO FORCE ROW LEVEL SECURITY"
            | "ENABLE REPLICA RULE"
            | "ENABLE ALWAYS RULE"
            | "ENABLE RULE" => Self::ProtectionOff,
            "SET UNLOGGED" | "SET LOGGED" | "SET TABLE SPACE" | "SET ACCESS METHOD" | "CLUSTER ON" | "DROP CLUSTER"
            | "REPLICA IDENTITY" => Self::Storage,
            "INHERIT" | "NO INHERIT" | "OF" | "NOT OF" => Self::Inheritance,
            _ => return None,
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Comparator {
    #[serde(rename = "=")]
    Equal,
    #[serde(rename = "<=")]
    AtMost,
    #[serde(rename = ">=")]
    AtLeast,
}

/// A number that is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bound {
    pub comparator: Comparator,
    pub number: u64,
}

impl Bound {
    pub fn holds(self, found: u64) -> bool {
        match self.comparator {
            Comparator::Equal => found == self.number,
            Comparator::AtMost => found <= self.number,
            Comparator::AtLeast => found >= self.number,
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.comparator {
            Comparator::Equal => write!(f, "{}", self.number),
            Comparator::AtMost => write!(f, "<= {}", self.number),
            Comparator::AtLeast => write!(f, ">= {}", self.number),
        }
    }
}

/// What a number has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Expectation {
    Absolute(Bound),
    /// Relative to the number before the change.
    Relative(i64),
    Unchanged,
}

/// Whether something has to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Exists,
    Absent,
    Unchanged,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Exists => "exists",
            Self::Absent => "absent",
            Self::Unchanged => "unchanged",
        })
    }
}

/// How many rows have another value afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ValuesExpectation {
    ChangeIn(Bound),
    Unchanged,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "form", rename_all = "kebab-case")]
pub enum Condition {
    Count {
        noun: Noun,
        scope: Scope,
        expect: Expectation,
    },
    Rows {
        relation: QualifiedName,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        predicate: Option<Predicate>,
        expect: Expectation,
    },
    Values {
        relation: QualifiedName,
        column: String,
        expect: ValuesExpectation,
    },
    /// All columns, in their order.
    Columns {
        relation: QualifiedName,
        columns: Vec<String>,
    },
    PrimaryKey {
        relation: QualifiedName,
        columns: Vec<String>,
    },
    Unique {
        relation: QualifiedName,
        columns: Vec<String>,
        state: State,
    },
    ForeignKey {
        relation: QualifiedName,
        columns: Vec<String>,
        references: QualifiedName,
        referenced: Vec<String>,
        state: State,
    },
    NoForeignKeyCrosses,
    /// The kinds a word stands for: `type` is any of several.
    Object {
        keys: Vec<Key>,
        state: State,
    },
    NothingElseChanges,
}

/// One line of `before` or `after`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// The reviewer's own, or a given one.
    pub id: String,
    /// The line's own text, without its id and comment.
    pub text: String,
    pub place: Place,
    pub span: Span,
    pub condition: Condition,
}

impl Contract {
    pub fn permits(&self, permission: Permission) -> bool {
        self.allow.permits.contains(&permission)
    }

    /// Whether the closed world is part of the contract.
    pub fn is_closed(&self) -> bool {
        self.after.iter().any(|line| line.condition == Condition::NothingElseChanges)
    }
}
