//! What is known of a statement without a database. Names are as written: nothing here resolves them.
//!
//! A script can hold a hundred thousand statements: short words and empty lists take no memory of their own.

use std::fmt;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};
use thin_vec::ThinVec;

use crate::base::quote_ident;

/// What a statement does with an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    Create,
    Alter,
    Drop,
    /// Rows are inserted, updated, deleted.
    Write,
    /// It is read or referred to.
    Reference,
}

/// One object a statement names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ObjectUse {
    pub action: Action,
    /// The catalog's word: `table`, `index`, `schema`, `column`; `relation` where the syntax does not say.
    pub kind: CompactString,
    /// As written; none means the search path decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<CompactString>,
    pub name: CompactString,
    /// The column, constraint, trigger, rule or policy of the object, where one is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<CompactString>,
}

impl fmt::Display for ObjectUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = &self.schema {
            write!(f, "{}.", quote_ident(schema))?;
        }
        f.write_str(&quote_ident(&self.name))?;
        if let Some(column) = &self.column {
            write!(f, ".{}", quote_ident(column))?;
        }
        Ok(())
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Flags {
    /// `CASCADE` as a drop behaviour, not as a foreign key's action.
    pub cascade: bool,
    pub if_exists: bool,
    pub if_not_exists: bool,
    pub concurrently: bool,
    pub not_valid: bool,
    pub temporary: bool,
    pub unlogged: bool,
    pub or_replace: bool,
    pub on_delete_cascade: bool,
    /// `VACUUM (FULL)`.
    pub full: bool,
    /// A temporary table that its transaction takes along.
    pub on_commit_drop: bool,
}

impl std::ops::BitOrAssign for Flags {
    fn bitor_assign(&mut self, other: Self) {
        self.cascade |= other.cascade;
        self.if_exists |= other.if_exists;
        self.if_not_exists |= other.if_not_exists;
        self.concurrently |= other.concurrently;
        self.not_valid |= other.not_valid;
        self.temporary |= other.temporary;
        self.unlogged |= other.unlogged;
        self.or_replace |= other.or_replace;
        self.on_delete_cascade |= other.on_delete_cascade;
        self.full |= other.full;
        self.on_commit_drop |= other.on_commit_drop;
    }
}

/// Statements that begin or end transactions, or parts of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum TransactionControl {
    /// `options` counts isolation levels, read only and the like.
    Begin {
        options: usize,
    },
    Commit {
        chain: bool,
    },
    Rollback {
        chain: bool,
    },
    Savepoint,
    Release,
    RollbackTo,
    Prepare,
    CommitPrepared,
    RollbackPrepared,
}

/// A default: what the server has to do for the rows that are there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefaultFacts {
    /// A literal, perhaps cast: stored once since PostgreSQL 11.
    pub constant: bool,
    /// Computed anew for every row, so the table is rewritten.
    pub volatile: bool,
}

/// A constraint that a statement adds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConstraintFacts {
    /// `primary key`, `unique`, `foreign key`, `check`, `exclusion`, `not null`.
    pub kind: CompactString,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<CompactString>,
    pub not_valid: bool,
    /// `ADD CONSTRAINT ... USING INDEX`.
    pub using_index: bool,
    /// The name of that index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<Box<str>>,
    #[serde(default, skip_serializing_if = "ThinVec::is_empty")]
    pub columns: ThinVec<CompactString>,
    /// The referenced table, as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub references: Option<CompactString>,
    /// Columns that a check keeps from being NULL: `CHECK (c IS NOT NULL)`.
    #[serde(default, skip_serializing_if = "ThinVec::is_empty")]
    pub never_null: ThinVec<CompactString>,
}

/// An index that a statement builds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct IndexFacts {
    pub unique: bool,
    /// It has a WHERE clause.
    pub partial: bool,
    /// Its keys in order; none where the key is an expression.
    pub columns: ThinVec<Option<CompactString>>,
}

/// One sub-command of ALTER TABLE, or the one thing that another ALTER does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alteration {
    /// `ADD COLUMN`, `SET DEFAULT`, `ALTER COLUMN TYPE`.
    pub command: CompactString,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<CompactString>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub type_name: Option<CompactString>,
    pub not_null: bool,
    /// `GENERATED ALWAYS AS (...) STORED`.
    pub generated_stored: bool,
    pub identity: bool,
    /// `IF EXISTS` or `IF NOT EXISTS` stands in it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub guarded: bool,
    /// The value of an enum that a new one is placed before or after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beside: Option<Box<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<DefaultFacts>,
    /// Constraints written with a column, or the one that is added.
    #[serde(default, skip_serializing_if = "ThinVec::is_empty")]
    pub constraints: ThinVec<ConstraintFacts>,
    /// Where the definition begins, in bytes from the beginning of the statement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<usize>,
}

/// The body of a routine or of a DO block, where it is given as text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    /// Its statements other than SELECT.
    pub statements: Vec<BodyStatement>,
    /// Names, as written, of functions it calls and relations it reads or writes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub functions: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub relations: Vec<String>,
    /// `DROP ... CASCADE` stands in it.
    pub cascade: bool,
}

/// A statement of a body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BodyStatement {
    pub tag: CompactString,
    /// The line in the body, from 1, where the compiler gives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
}

/// Something that runs, or may run, what this text does not show.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Opaque {
    pub what: String,
    pub because: String,
}

/// A setting that a statement changes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Setting {
    /// `*` for all of them, or where the name is computed.
    pub name: String,
    /// `SET LOCAL`: until the end of the transaction.
    pub local: bool,
    /// The value, where it is one literal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

impl Setting {
    /// Whether it sets a limit: `0`, DEFAULT and RESET take it away.
    pub fn limits(&self) -> bool {
        self.value
            .as_deref()
            .is_some_and(|value| value.trim_start_matches('0').starts_with(|c: char| c.is_ascii_digit()))
    }
}

/// What is known of one statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The command tag the server gives it.
    pub tag: CompactString,
    pub objects: ThinVec<ObjectUse>,
    /// The sub-commands of an ALTER TABLE, or the one thing that another ALTER does.
    #[serde(default, skip_serializing_if = "ThinVec::is_empty")]
    pub alterations: ThinVec<Alteration>,
    /// What a CREATE TABLE, DOMAIN or TYPE defines, in the words ALTER has for it.
    #[serde(default, skip_serializing_if = "ThinVec::is_empty")]
    pub definitions: ThinVec<Alteration>,
    pub flags: Flags,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction: Option<TransactionControl>,
    /// Whether it can run inside a transaction block.
    pub in_transaction: bool,
    /// Functions called anywhere in it, as written.
    #[serde(default, skip_serializing_if = "ThinVec::is_empty")]
    pub functions: ThinVec<String>,
    /// Tags of the writing statements inside it: `WITH gone AS (DELETE ...) UPDATE ...` holds a DELETE.
    #[serde(default, skip_serializing_if = "ThinVec::is_empty")]
    pub inner: ThinVec<String>,
    /// Runs SQL that is put together at run time.
    #[serde(default, skip_serializing_if = "ThinVec::is_empty")]
    pub dynamic: ThinVec<Opaque>,
    /// What cannot be seen statically.
    #[serde(default, skip_serializing_if = "ThinVec::is_empty")]
    pub opaque: ThinVec<Opaque>,
    /// Settings it changes.
    #[serde(default, skip_serializing_if = "ThinVec::is_empty")]
    pub sets: ThinVec<Setting>,
    /// `$1`: the parser accepts it, the server has no value for it.
    pub parameters: usize,
    /// Languages of routines it creates.
    #[serde(default, skip_serializing_if = "ThinVec::is_empty")]
    pub languages: ThinVec<String>,
    /// What a routine it creates is allowed to do beyond its caller: `SECURITY DEFINER`, `SET role`.
    #[serde(default, skip_serializing_if = "ThinVec::is_empty")]
    pub routine_options: ThinVec<String>,
    /// What the body of a routine or of a DO block holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Box<Body>>,
    /// A string with a backslash, which `standard_conforming_strings = off` reads differently.
    pub backslash_strings: bool,
    /// An UPDATE or DELETE without WHERE.
    pub every_row: bool,
    /// An UPDATE or DELETE that nothing keeps from reaching most of the table at once: no range, no limit, no value.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unbounded: bool,
    /// The index a CREATE INDEX builds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<Box<IndexFacts>>,
    /// A column that is named twice where it can stand only once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeated: Option<Box<str>>,
    /// The statements of a DO block that act, as far as they can be seen.
    #[serde(default, skip_serializing_if = "ThinVec::is_empty")]
    pub steps: ThinVec<Facts>,
}

impl Facts {
    /// Objects of one action.
    pub fn of(&self, action: Action) -> impl Iterator<Item = &ObjectUse> {
        self.objects.iter().filter(move |object| object.action == action)
    }

    /// The sub-commands of an ALTER: `ADD COLUMN`, `SET DEFAULT`.
    pub fn commands(&self) -> impl Iterator<Item = &str> {
        self.alterations.iter().map(|alteration| alteration.command.as_str())
    }

    /// Whether it only says something of objects, or grants on them, and leaves them as they are.
    pub fn says_or_grants(&self) -> bool {
        matches!(self.tag.as_str(), "COMMENT" | "GRANT" | "REVOKE")
    }

    /// Objects that are created, altered, dropped or written.
    pub fn touched(&self) -> impl Iterator<Item = &ObjectUse> {
        self.objects.iter().filter(|object| object.action != Action::Reference)
    }
}
