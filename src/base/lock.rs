//! Table lock modes (<https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES>).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The eight table lock modes, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum LockMode {
    AccessShare,
    RowShare,
    RowExclusive,
    ShareUpdateExclusive,
    Share,
    ShareRowExclusive,
    Exclusive,
    AccessExclusive,
}

impl LockMode {
    /// Every mode, weakest first.
    pub const ALL: [Self; 8] = [
        Self::AccessShare,
        Self::RowShare,
        Self::RowExclusive,
        Self::ShareUpdateExclusive,
        Self::Share,
        Self::ShareRowExclusive,
        Self::Exclusive,
        Self::AccessExclusive,
    ];

    /// Table 13.2 of the manual: which modes a held mode keeps out.
    pub fn conflicts_with(self, other: Self) -> bool {
        use LockMode::{AccessExclusive, Exclusive, RowExclusive, RowShare, Share, ShareUpdateExclusive};
        match self {
            Self::AccessShare => other == AccessExclusive,
            Self::RowShare => other >= Exclusive,
            Self::RowExclusive => other >= Share,
            Self::ShareUpdateExclusive => other >= ShareUpdateExclusive,
            Self::Share => other >= RowExclusive && other != Share,
            Self::ShareRowExclusive => other >= RowExclusive,
            Self::Exclusive => other >= RowShare,
            Self::AccessExclusive => true,
        }
    }

    /// What other sessions cannot do on the table while this lock is held.
    pub fn blocks(self) -> &'static str {
        match self {
            Self::AccessShare => "DROP and most ALTER TABLE",
            Self::RowShare => "EXCLUSIVE locks and most ALTER TABLE",
            Self::RowExclusive => "CREATE INDEX and most ALTER TABLE",
            Self::ShareUpdateExclusive => "VACUUM, ANALYZE, CREATE INDEX CONCURRENTLY and other schema changes",
            Self::Share => "INSERT, UPDATE, DELETE",
            Self::ShareRowExclusive => "INSERT, UPDATE, DELETE and other schema changes",
            Self::Exclusive => "everything but plain SELECT",
            Self::AccessExclusive => "everything, SELECT included",
        }
    }

    /// The name the manual uses: `ACCESS EXCLUSIVE`.
    pub fn sql(self) -> &'static str {
        match self {
            Self::AccessShare => "ACCESS SHARE",
            Self::RowShare => "ROW SHARE",
            Self::RowExclusive => "ROW EXCLUSIVE",
            Self::ShareUpdateExclusive => "SHARE UPDATE EXCLUSIVE",
            Self::Share => "SHARE",
            Self::ShareRowExclusive => "SHARE ROW EXCLUSIVE",
            Self::Exclusive => "EXCLUSIVE",
            Self::AccessExclusive => "ACCESS EXCLUSIVE",
        }
    }
}

impl fmt::Display for LockMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.sql())
    }
}

/// Reads the name `pg_locks.mode` gives: `AccessExclusiveLock`.
impl FromStr for LockMode {
    type Err = UnknownLockMode;

    fn from_str(name: &str) -> Result<Self, UnknownLockMode> {
        let plain = name.strip_suffix("Lock").unwrap_or(name);
        Self::ALL.into_iter().find(|mode| format!("{mode:?}") == plain).ok_or_else(|| UnknownLockMode(name.to_owned()))
    }
}

/// A lock mode this version does not know.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown lock mode {0}")]
pub struct UnknownLockMode(String);

#[cfg(test)]
mod tests {
    use super::LockMode;

    #[test]
    fn conflicts_are_symmetric() {
        for a in LockMode::ALL {
            for b in LockMode::ALL {
                assert_eq!(a.conflicts_with(b), b.conflicts_with(a), "{a} and {b}");
            }
        }
    }

    #[test]
    fn the_names_of_pg_locks_are_read() {
        assert_eq!("ShareRowExclusiveLock".parse(), Ok(LockMode::ShareRowExclusive));
        assert!("SIReadLock".parse::<LockMode>().is_err());
    }
}
