//! From signed bytes to [`Authorised`]: everything is read again, here and now.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::short;
use super::payload::{Decision, Operation, Warrant};
use super::{TrustRoot, WarrantError, signature};
use crate::base::Digest;
use crate::package::Package;

/// Someone who signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signer {
    pub principal: String,
    pub key_type: String,
    /// `SHA256:...`
    pub fingerprint: String,
    /// For hardware keys: whether the key was touched.
    pub touched: Option<bool>,
}

/// What the package says about itself, to be compared with what was signed.
#[derive(Clone, Debug)]
pub struct Subject {
    pub script: Digest,
    pub statements: u64,
    pub delta: Digest,
    pub review: Digest,
    pub fingerprint: Digest,
    pub target: super::Target,
    /// Whether the package's dry run stood on a restored copy of the target.
    pub restored: bool,
    /// The roles the contract lets a warrant name; empty for any.
    pub roles: Vec<String>,
}

/// Proof that enough people, listed in the trust root, signed exactly this. Only [`authorise`] makes one.
#[derive(Clone, Debug)]
pub struct Authorised {
    warrant: Warrant,
    digest: Digest,
    signers: Vec<Signer>,
}

impl Authorised {
    pub fn warrant(&self) -> &Warrant {
        &self.warrant
    }

    /// The digest of the signed bytes: the warrant's name.
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    pub fn signers(&self) -> &[Signer] {
        &self.signers
    }
}

/// A warrant file of the package with the signatures beside it.
#[derive(Clone, Debug)]
pub struct Filed {
    pub path: PathBuf,
    pub bytes: Vec<u8>,
    pub warrant: Warrant,
    pub digest: Digest,
    pub signatures: Vec<(PathBuf, Vec<u8>)>,
}

fn has_extension(name: &str, extension: &str) -> bool {
    Path::new(name).extension().is_some_and(|found| found == extension)
}

/// All warrants filed with a package, by name.
pub fn filed(package: &Package) -> Result<Vec<Filed>, WarrantError> {
    let folder = package.warrants();
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(&folder).map_err(WarrantError::io("listing", &folder))? {
        let entry = entry.map_err(WarrantError::io("listing", &folder))?;
        names.insert(entry.file_name().to_string_lossy().into_owned());
    }
    let read = |name: &str| {
        let path = folder.join(name);
        let bytes = std::fs::read(&path).map_err(WarrantError::io("reading", &path))?;
        Ok::<_, WarrantError>((path, bytes))
    };
    let mut found = Vec::new();
    for name in names.iter().filter(|name| has_extension(name, "json")) {
        let (path, bytes) = read(name)?;
        let warrant = Warrant::read(&bytes)?;
        let digest = Digest::of(&bytes);
        let beside = |other: &&String| other.starts_with(&format!("{name}.")) && has_extension(other, "sig");
        let signatures = names.iter().filter(beside).map(|other| read(other)).collect::<Result<_, _>>()?;
        found.push(Filed { path, bytes, warrant, digest, signatures });
    }
    Ok(found)
}

/// The warrant to use: the one named, or the only one for this operation that nothing supersedes and that was not used.
/// A superseded one authorises nothing, named or not.
pub fn choose(
    package: &Package,
    operation: Operation,
    named: Option<&str>,
    used: impl Fn(&Warrant) -> bool,
) -> Result<Filed, WarrantError> {
    let all = filed(package)?;
    let superseded: BTreeSet<Digest> = all.iter().filter_map(|filed| filed.warrant.supersedes.clone()).collect();
    let mut candidates: Vec<Filed> = if let Some(name) = named {
        let named: Vec<Filed> =
            all.into_iter().filter(|filed| filed.digest.as_str().starts_with(name) && name.len() >= 12).collect();
        if let [only] = named.as_slice()
            && superseded.contains(&only.digest)
        {
            return Err(WarrantError::Superseded { warrant: short(&only.digest) });
        }
        named
    } else {
        let mut open: Vec<Filed> = all
            .into_iter()
            .filter(|filed| filed.warrant.operation == operation && !superseded.contains(&filed.digest))
            .collect();
        // A used warrant stays the answer only when there is no fresh one: then it is refused as used.
        if open.iter().any(|filed| !used(&filed.warrant)) {
            open.retain(|filed| !used(&filed.warrant));
        }
        open
    };
    match (candidates.pop(), candidates.len()) {
        (None, _) => Err(WarrantError::None { operation: operation.to_string() }),
        (Some(only), 0) => Ok(only),
        (Some(last), _) => {
            candidates.push(last);
            let digests = candidates.iter().map(|filed| short(&filed.digest)).collect();
            Err(WarrantError::Ambiguous { operation: operation.to_string(), digests })
        }
    }
}

/// Verifies one filed warrant against the trust root, the package and the clock.
pub fn authorise(
    filed: &Filed,
    operation: Operation,
    package: &Package,
    subject: &Subject,
    trust: &TrustRoot,
    now: jiff::Timestamp,
) -> Result<Authorised, WarrantError> {
    let warrant = Warrant::read(&filed.bytes)?;
    let signers = signers(filed, &package.manifest.requested_by, trust, now)?;
    let people: Vec<&str> = signers.iter().map(|signer| signer.principal.as_str()).collect();
    trust.policy.satisfied(&people)?;
    // Whoever signed under a trust root they had read, signed under that one.
    if let Some(signed) = &warrant.trust
        && *signed != trust.digest()
    {
        return Err(WarrantError::OtherTrustRoot { signed: signed.clone(), found: trust.digest() });
    }
    if warrant.operation != operation {
        return Err(WarrantError::OtherOperation {
            signed: warrant.operation.to_string(),
            wanted: operation.to_string(),
        });
    }
    // "Approve after a restored dry run" is an approval once this very package carries one.
    let approved = match warrant.decision {
        Decision::Approve => true,
        Decision::ApproveAfterRestoredDryRun => subject.restored,
        Decision::Reject => false,
    };
    if !approved {
        return Err(WarrantError::NotApproved { decision: warrant.decision.to_string() });
    }
    within_validity(&warrant, trust, now)?;
    about_this_package(&warrant, package, subject)?;
    Ok(Authorised { digest: Digest::of(&filed.bytes), warrant, signers })
}

/// The different people whose signatures count. A signature that does not is an error, never overlooked.
fn signers(
    filed: &Filed,
    requested_by: &str,
    trust: &TrustRoot,
    now: jiff::Timestamp,
) -> Result<Vec<Signer>, WarrantError> {
    if filed.signatures.is_empty() {
        return Err(WarrantError::Unsigned { warrant: filed.path.display().to_string() });
    }
    let (mut people, mut keys) = (BTreeSet::new(), BTreeSet::new());
    let mut signers = Vec::new();
    for (_, armoured) in &filed.signatures {
        let verified = signature::verify(armoured, &filed.bytes)?;
        let principal = trust.principal(&verified, now)?;
        if principal == requested_by {
            return Err(WarrantError::SelfApproval { principal });
        }
        let touched = verified.presence.map(|presence| presence.touched);
        // A hardware key that was not touched was used by a program; a software key proves no touch at all.
        if touched == Some(false) || (trust.policy.require_touch && touched != Some(true)) {
            return Err(WarrantError::NotTouched { principal });
        }
        let fingerprint = verified.fingerprint().to_string();
        if people.insert(principal.clone()) && keys.insert(fingerprint.clone()) {
            signers.push(Signer { principal, key_type: verified.key.algorithm().to_string(), fingerprint, touched });
        }
    }
    Ok(signers)
}

fn within_validity(warrant: &Warrant, trust: &TrustRoot, now: jiff::Timestamp) -> Result<(), WarrantError> {
    let (from, until) = warrant.validity()?;
    if now < from {
        return Err(WarrantError::NotYetValid { not_before: warrant.not_before.clone(), now: now.to_string() });
    }
    if now >= until {
        return Err(WarrantError::Expired { not_after: warrant.not_after.clone(), now: now.to_string() });
    }
    let minutes = (until.as_second() - from.as_second()) / 60;
    if minutes > trust.policy.max_minutes {
        return Err(WarrantError::TooLong { minutes, allowed: trust.policy.max_minutes });
    }
    Ok(())
}

fn about_this_package(warrant: &Warrant, package: &Package, subject: &Subject) -> Result<(), WarrantError> {
    if warrant.package != package.digest {
        return Err(WarrantError::other("package", &warrant.package, &package.digest));
    }
    if warrant.change != package.manifest.change {
        return Err(WarrantError::other("change", &warrant.change, &package.manifest.change));
    }
    if warrant.requested_by != package.manifest.requested_by {
        return Err(WarrantError::other("requested_by", &warrant.requested_by, &package.manifest.requested_by));
    }
    for (field, signed, found) in [
        ("script", &warrant.script, &subject.script),
        ("delta", &warrant.delta, &subject.delta),
        ("review", &warrant.review, &subject.review),
        ("fingerprint", &warrant.fingerprint, &subject.fingerprint),
    ] {
        if signed != found {
            return Err(WarrantError::other(field, signed, found));
        }
    }
    if warrant.statements != subject.statements {
        return Err(WarrantError::other("statements", &warrant.statements, &subject.statements));
    }
    if warrant.target != subject.target {
        let text = |target: &super::Target| {
            format!(
                "{} (oid {}) on {} ({})",
                target.database, target.database_oid, target.system_identifier, target.server_major
            )
        };
        return Err(WarrantError::other("target", &text(&warrant.target), &text(&subject.target)));
    }
    if !subject.roles.is_empty() && !subject.roles.contains(&warrant.role) {
        return Err(WarrantError::other("role", &warrant.role, &subject.roles.join(" or ")));
    }
    Ok(())
}

/// Where the warrant with these bytes is filed.
pub fn file_name(bytes: &[u8]) -> String {
    format!("{}.json", Digest::of(bytes).short())
}

/// The folder of used nonces for this account: in its home as the system knows it. Whoever sets our environment must not
/// choose where we remember; only where nothing is proven anyway (a demonstration) may they.
pub fn state_folder(explicit: Option<&Path>, trust: &TrustRoot) -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|_| trust.same_account).map(PathBuf::from);
    trust
        .policy
        .ledger
        .clone()
        .or_else(|| explicit.map(Path::to_owned))
        .or_else(|| variable("PGWARRANT_STATE"))
        .or_else(|| variable("XDG_STATE_HOME").map(|base| base.join("pgwarrant")))
        .or_else(|| home().map(|home| home.join(".local/state/pgwarrant")))
}

/// The home of the account that this process runs as.
fn home() -> Option<PathBuf> {
    let own = rustix::process::geteuid().as_raw().to_string();
    let accounts = std::fs::read_to_string("/etc/passwd").ok()?;
    accounts.lines().find_map(|line| match line.split(':').collect::<Vec<_>>().as_slice() {
        [_, _, id, _, _, home, ..] if *id == own && home.starts_with('/') => Some(PathBuf::from(home)),
        _ => None,
    })
}
