//! Why something is not authorised.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::base::{Coded, Digest};
use crate::package::PackageError;

#[derive(Debug, thiserror::Error)]
pub enum WarrantError {
    #[error("there is no warrant for this {operation} of this package")]
    None { operation: String },
    #[error("several warrants could authorise this {operation}; name one")]
    Ambiguous { operation: String, digests: Vec<String> },
    #[error("the warrant cannot be read: {problem}")]
    Malformed { problem: String },
    #[error("the warrant has no signature")]
    Unsigned { warrant: String },
    #[error("the signature cannot be read: {problem}")]
    SignatureForm { problem: String },
    #[error("the signature is for the namespace \"{found}\", not \"{wanted}\"")]
    Namespace { found: String, wanted: &'static str },
    #[error("the signature does not fit the warrant and the key {key}")]
    WrongSignature { key: String },
    #[error("the key {key} is not in the trust root")]
    UnknownKey { key: String },
    #[error("the trust root lists the key {key}, but not for now or not for this namespace: {problem}")]
    KeyNotValid { key: String, problem: String },
    #[error("a hardware key signed without being touched")]
    NotTouched { principal: String },
    #[error("{principal} asked for the decision and cannot also give it")]
    SelfApproval { principal: String },
    #[error("{found} of {needed} needed people have signed")]
    Quorum { found: usize, needed: usize, signers: Vec<String> },
    #[error("nobody else fills the role \"{role}\", which needs {needed}")]
    RoleNotFilled { role: String, needed: usize, people: Vec<String>, signers: Vec<String> },
    #[error("the warrant expired at {not_after}")]
    Expired { not_after: String, now: String },
    #[error("the warrant is not valid before {not_before}")]
    NotYetValid { not_before: String, now: String },
    #[error("the warrant is valid for {minutes} minutes; the policy allows {allowed}")]
    TooLong { minutes: i64, allowed: i64 },
    #[error("the warrant is about another package: {field} is {signed}, not {found}")]
    OtherPackage { field: &'static str, signed: String, found: String },
    #[error("the warrant decides \"{decision}\"")]
    NotApproved { decision: String },
    #[error("the warrant authorises {signed}, not {wanted}")]
    OtherOperation { signed: String, wanted: String },
    #[error("the warrant {warrant} is superseded by another one")]
    Superseded { warrant: String },
    #[error("the warrant was used already")]
    Used { nonce: String, by: String },
    #[error("the trust root {path} cannot be relied on: {problem}")]
    TrustRoot { path: PathBuf, problem: String },
    #[error("the trust root {path} is in the reach of this very process, which could write {place}")]
    OwnTrustRoot { path: PathBuf, place: PathBuf },
    #[error("the warrant was signed under another trust root or policy")]
    OtherTrustRoot { signed: Digest, found: Digest },
    #[error("{action} {path}: {source}")]
    Io { action: &'static str, path: PathBuf, source: std::io::Error },
    #[error(transparent)]
    Package(#[from] PackageError),
}

impl WarrantError {
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }

    pub(super) fn other(field: &'static str, signed: &impl ToString, found: &impl ToString) -> Self {
        Self::OtherPackage { field, signed: signed.to_string(), found: found.to_string() }
    }
}

impl Coded for WarrantError {
    fn code(&self) -> &'static str {
        match self {
            Self::None { .. } => "warrant.none",
            Self::Ambiguous { .. } => "warrant.ambiguous",
            Self::Malformed { .. } => "warrant.malformed",
            Self::Unsigned { .. } => "warrant.unsigned",
            Self::SignatureForm { .. } => "warrant.signature-form",
            Self::Namespace { .. } => "warrant.wrong-namespace",
            Self::WrongSignature { .. } => "warrant.wrong-signature",
            Self::UnknownKey { .. } => "warrant.unknown-key",
            Self::KeyNotValid { .. } => "warrant.key-not-valid",
            Self::NotTouched { .. } => "warrant.not-touched",
            Self::SelfApproval { .. } => "warrant.self-approval",
            Self::Quorum { .. } => "warrant.quorum",
            Self::RoleNotFilled { .. } => "warrant.role-not-filled",
            Self::Expired { .. } => "warrant.expired",
            Self::NotYetValid { .. } => "warrant.not-yet-valid",
            Self::TooLong { .. } => "warrant.too-long",
            Self::OtherPackage { .. } => "warrant.other-package",
            Self::NotApproved { .. } => "warrant.not-approved",
            Self::OtherOperation { .. } => "warrant.other-operation",
            Self::Superseded { .. } => "warrant.superseded",
            Self::Used { .. } => "warrant.used",
            Self::TrustRoot { .. } => "warrant.trust-root",
            Self::OwnTrustRoot { .. } => "warrant.own-trust-root",
            Self::OtherTrustRoot { .. } => "warrant.other-trust-root",
            Self::Io { .. } => "warrant.io",
            Self::Package(inner) => inner.code(),
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::None { operation } => {
                format!("a person decides: `pgwarrant sign PACKAGE --operation {operation} --role ROLE --key FILE`")
            }
            Self::Ambiguous { digests, .. } => format!("--warrant {}", digests.join(" or --warrant ")),
            Self::Unsigned { warrant } => format!("ssh-keygen -Y sign -n pgwarrant -f KEY {warrant}"),
            Self::Namespace { .. } => "sign with `ssh-keygen -Y sign -n pgwarrant`".into(),
            Self::UnknownKey { .. } | Self::KeyNotValid { .. } => {
                "only the keeper of the trust root can add a key to it: `name@example.org namespaces=\"pgwarrant\" ssh-ed25519 AAAA...`".into()
            }
            Self::WrongSignature { .. } => "the warrant or its signature changed after signing: sign again".into(),
            Self::Malformed { .. } => "`pgwarrant sign` writes warrants; they are not edited".into(),
            Self::OtherPackage { .. } => "a decision is good for one package, one target and one role: make a new one".into(),
            Self::NotTouched { .. } => "sign again and touch the key".into(),
            Self::SelfApproval { .. } => "someone else has to sign".into(),
            Self::Quorum { .. } => "further people sign the same file; each signature goes beside it as <name>.json.<n>.sig".into(),
            Self::RoleNotFilled { people, .. } => format!("one of {} signs the same file too", people.join(", ")),
            Self::OwnTrustRoot { .. } => {
                "apply under an account that can write neither it nor a folder above it; for a demonstration, --writable-trust".into()
            }
            Self::OtherTrustRoot { .. } => {
                "it was changed since, or the warrant was meant for another machine: the decision is made again".into()
            }
            Self::Superseded { .. } => "use the warrant that supersedes it; to go back, a person signs a new one".into(),
            Self::Expired { .. } | Self::Used { .. } | Self::OtherOperation { .. } | Self::TooLong { .. } => {
                "a new decision is needed: `pgwarrant sign PACKAGE --supersedes DIGEST ...`".into()
            }
            Self::NotYetValid { not_before, .. } => format!("wait until {not_before}"),
            Self::NotApproved { .. } => "this decision does not allow an apply; address what it asks for and make a new package".into(),
            Self::TrustRoot { .. } => "it has to be a file that only its keeper can write, outside the package".into(),
            Self::SignatureForm { .. } => "accepted is exactly what `ssh-keygen -Y sign` writes (ed25519, ecdsa, sk keys)".into(),
            Self::Package(inner) => inner.hint()?,
            Self::Io { .. } => return None,
        })
    }

    fn exit_status(&self) -> u8 {
        match self {
            Self::Io { .. } => 4,
            Self::Package(inner) => inner.exit_status(),
            _ => 3,
        }
    }

    fn facts(&self) -> Map<String, Value> {
        match self {
            Self::OtherPackage { field, signed, found } => json!({"field": field, "signed": signed, "found": found}),
            Self::Quorum { found, needed, signers } => json!({"found": found, "needed": needed, "signers": signers}),
            Self::RoleNotFilled { role, needed, people, signers } => {
                json!({"role": role, "needed": needed, "people": people, "signers": signers})
            }
            Self::OwnTrustRoot { path, place } => json!({"path": path, "place": place}),
            Self::OtherTrustRoot { signed, found } => json!({"signed": signed, "found": found}),
            Self::Expired { not_after, now } => json!({"not_after": not_after, "now": now}),
            Self::NotYetValid { not_before, now } => json!({"not_before": not_before, "now": now}),
            Self::Used { nonce, by } => json!({"nonce": nonce, "by": by}),
            Self::Ambiguous { digests, .. } => json!({"warrants": digests}),
            Self::UnknownKey { key } | Self::WrongSignature { key } => json!({"key": key}),
            Self::Package(inner) => return inner.facts(),
            _ => Value::Null,
        }
        .as_object()
        .cloned()
        .unwrap_or_default()
    }
}

/// A digest as people read it.
pub(super) fn short(digest: &Digest) -> String {
    digest.short().to_owned()
}
