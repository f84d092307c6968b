//! Server versions, as `server_version_num` gives them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A server version number: 160014 is 16.14.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ServerVersion(pub u32);

impl ServerVersion {
    pub const fn major(self) -> u32 {
        self.0 / 10_000
    }

    pub const fn minor(self) -> u32 {
        self.0 % 10_000
    }

    /// True for this major or a later one.
    pub const fn at_least(self, major: u32) -> bool {
        self.major() >= major
    }
}

impl fmt::Display for ServerVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major(), self.minor())
    }
}
