//! What is signed: canonical JSON (RFC 8785), the exact bytes.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::WarrantError;
use crate::base::digest::hex;
use crate::base::{Digest, canonical};
use crate::pg::Identity;

pub const FORMAT: u32 = 1;

/// What a warrant authorises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Operation {
    Apply,
    Rollback,
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Apply => "apply",
            Self::Rollback => "rollback",
        })
    }
}

impl std::str::FromStr for Operation {
    type Err = WarrantError;

    fn from_str(text: &str) -> Result<Self, WarrantError> {
        match text {
            "apply" => Ok(Self::Apply),
            "rollback" => Ok(Self::Rollback),
            other => {
                Err(WarrantError::Malformed { problem: format!("\"{other}\" is not an operation: apply or rollback") })
            }
        }
    }
}

/// The three answers a reviewer can give.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    Approve,
    /// Approved once a dry run on a restored base is part of the package.
    ApproveAfterRestoredDryRun,
    Reject,
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Approve => "approve",
            Self::ApproveAfterRestoredDryRun => "approve-after-restored-dry-run",
            Self::Reject => "reject",
        })
    }
}

impl std::str::FromStr for Decision {
    type Err = WarrantError;

    fn from_str(text: &str) -> Result<Self, WarrantError> {
        match text {
            "approve" => Ok(Self::Approve),
            "approve-after-restored-dry-run" => Ok(Self::ApproveAfterRestoredDryRun),
            "reject" => Ok(Self::Reject),
            other => Err(WarrantError::Malformed {
                problem: format!("\"{other}\" is not a decision: approve, approve-after-restored-dry-run or reject"),
            }),
        }
    }
}

/// Which database the decision is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    pub database: String,
    pub database_oid: u32,
    pub system_identifier: String,
    pub server_major: u32,
}

/// Which server that is, beyond what a copy of its files would also say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instance {
    /// A standby that was promoted, and a server restored to a point in time, begin another one.
    pub timeline: i32,
    /// When it was started, in microseconds since 1970. A server started since must bear the marker.
    pub started_us: i64,
    /// The name that the site gave it (`cluster_name`), where it has one.
    pub marker: Option<String>,
}

impl Instance {
    /// As a connection sees it; none where the role may not see it.
    pub fn of(identity: &Identity) -> Option<Self> {
        let marker = Some(identity.cluster_name.clone()).filter(|name| !name.is_empty());
        Some(Self { timeline: identity.timeline?, started_us: identity.started_us, marker })
    }
}

/// The signed facts. Every field is compared at apply; changing any one of them changes the verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Warrant {
    pub format: u32,
    pub operation: Operation,
    pub decision: Decision,
    pub change: String,
    /// The package's digest.
    pub package: Digest,
    /// The script that would run: `change.sql`, or `rollback.sql` for a rollback.
    pub script: Digest,
    pub statements: u64,
    /// The delta that has to be seen before COMMIT.
    pub delta: Digest,
    /// The text the person was shown (`REVIEW.md`).
    pub review: Digest,
    /// The preflight's fingerprint of the target's catalog.
    pub fingerprint: Digest,
    pub target: Target,
    pub instance: Instance,
    /// The role that logs in and executes.
    pub role: String,
    /// The trust root and policy that the signers had before them ([`TrustRoot::digest`](super::TrustRoot::digest)); none
    /// leaves it to the one that the applying account has.
    pub trust: Option<Digest>,
    /// UTC, RFC 3339.
    pub not_before: String,
    pub not_after: String,
    /// 128 random bits, hexadecimal: one warrant, one use.
    pub nonce: String,
    pub requested_by: String,
    /// The warrant this one replaces.
    pub supersedes: Option<Digest>,
    /// Why; for a superseding warrant, the only thing that changed.
    pub because: Option<String>,
}

impl Warrant {
    /// The bytes to sign.
    pub fn bytes(&self) -> Result<Vec<u8>, WarrantError> {
        canonical::bytes(self).map_err(|failure| WarrantError::Malformed { problem: failure.to_string() })
    }

    /// Reads signed bytes. They must be the canonical form: the signature covers exactly one spelling.
    pub fn read(bytes: &[u8]) -> Result<Self, WarrantError> {
        let warrant: Self = serde_json::from_slice(bytes)
            .map_err(|failure| WarrantError::Malformed { problem: failure.to_string() })?;
        if warrant.format != FORMAT {
            return Err(WarrantError::Malformed { problem: format!("format {} is not known", warrant.format) });
        }
        if warrant.bytes()? != bytes {
            return Err(WarrantError::Malformed { problem: "it is not in canonical form".into() });
        }
        // It becomes the name of a file.
        if warrant.nonce.len() != 32 || !warrant.nonce.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(WarrantError::Malformed { problem: "its nonce is not 128 bits in hexadecimal".into() });
        }
        Ok(warrant)
    }

    /// A fresh nonce.
    pub fn nonce() -> Result<String, WarrantError> {
        let mut random = [0_u8; 16];
        getrandom::fill(&mut random).map_err(|failure| WarrantError::Malformed { problem: failure.to_string() })?;
        Ok(hex(&random))
    }

    /// Both ends of the validity.
    pub fn validity(&self) -> Result<(jiff::Timestamp, jiff::Timestamp), WarrantError> {
        let read = |text: &str| {
            text.parse::<jiff::Timestamp>().map_err(|failure| WarrantError::Malformed { problem: failure.to_string() })
        };
        Ok((read(&self.not_before)?, read(&self.not_after)?))
    }
}
