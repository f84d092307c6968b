//! Who may decide: the `allowed_signers` file and, beside it, a policy. Both lie out of the agent's reach, and out of the
//! reach of the process that applies.

use std::path::{Path, PathBuf};

use super::WarrantError;
use super::policy::{POLICY, Policy};
use super::signature::Verified;
use super::signers::{self, Entry};
use crate::base::{Digest, keeper};

/// Where a machine keeps its trust root. Once it is there, no other is accepted: whoever calls cannot bring their own.
pub const SYSTEM: &str = "/etc/pgwarrant/allowed_signers";

/// What is made of a trust root that this very process could write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    Refused,
    /// For demonstrations and tests: told in the log and in every report. Never for the machine's own.
    Reported,
}

/// A trust root, read once.
#[derive(Clone, Debug)]
pub struct TrustRoot {
    pub path: PathBuf,
    pub sha256: Digest,
    pub policy: Policy,
    pub policy_sha256: Option<Digest>,
    /// True where this process could have written it: told in every report.
    pub same_account: bool,
    entries: Vec<Entry>,
}

impl TrustRoot {
    /// Reads a trust root. `outside` is the package's folder: a trust root inside what it judges proves nothing.
    pub fn read(path: &Path, outside: &Path, reach: Reach) -> Result<Self, WarrantError> {
        Self::read_where(path, outside, reach, Path::new(SYSTEM))
    }

    fn read_where(path: &Path, outside: &Path, reach: Reach, system: &Path) -> Result<Self, WarrantError> {
        let refuse = |problem: String| WarrantError::TrustRoot { path: path.to_owned(), problem };
        let real = path.canonicalize().map_err(|failure| refuse(failure.to_string()))?;
        let of_the_machine = match system.canonicalize() {
            Ok(system) if system != real => {
                return Err(refuse(format!("this machine's trust root is {}", system.display())));
            }
            Ok(_) => true,
            Err(failure) if failure.kind() == std::io::ErrorKind::NotFound => false,
            Err(failure) => {
                return Err(refuse(format!("whether there is {} cannot be seen: {failure}", system.display())));
            }
        };
        if outside.canonicalize().is_ok_and(|folder| real.starts_with(folder)) {
            return Err(refuse("it lies inside the package".into()));
        }
        let policy_path = real.with_file_name(POLICY);
        let written = match std::fs::read(&policy_path) {
            Ok(bytes) => Some(bytes),
            Err(failure) if failure.kind() == std::io::ErrorKind::NotFound => None,
            Err(failure) => return Err(refuse(format!("{POLICY}: {failure}"))),
        };
        let mut within = keeper::within_reach(&real).map_err(refuse)?;
        if written.is_some() {
            let policy =
                keeper::within_reach(&policy_path).map_err(|problem| refuse(format!("{POLICY}: {problem}")))?;
            within = within.or(policy);
        }
        if let Some(place) = &within {
            if of_the_machine || reach == Reach::Refused {
                return Err(WarrantError::OwnTrustRoot { path: real, place: place.clone() });
            }
            log::warn!(
                target: "pgwarrant.warrant",
                "this very process could write {}: the signatures that {} vouches for prove nothing about who decided",
                place.display(), real.display()
            );
        }
        let text = std::fs::read_to_string(&real).map_err(|failure| refuse(failure.to_string()))?;
        let entries = signers::parse(&text).map_err(|(line, problem)| refuse(format!("line {line}: {problem}")))?;
        let known = |person: &str| entries.iter().any(|entry| entry.names(person));
        let policy = written.as_deref().map(|bytes| Policy::read(bytes, known)).transpose().map_err(refuse)?;
        Ok(Self {
            path: real,
            sha256: Digest::of(text.as_bytes()),
            policy: policy.unwrap_or_default(),
            policy_sha256: written.as_deref().map(Digest::of),
            same_account: within.is_some(),
            entries,
        })
    }

    /// One digest over the trust root and its policy, as `sha256sum allowed_signers policy.json | sha256sum` makes it.
    pub fn digest(&self) -> Digest {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        let mut lines = format!("{}  {name}\n", self.sha256);
        if let Some(policy) = &self.policy_sha256 {
            lines = format!("{lines}{policy}  {POLICY}\n");
        }
        Digest::of(lines.as_bytes())
    }

    /// The one person a signature's key stands for, now: by its own line, or by an authority's certificate.
    pub fn principal(&self, verified: &Verified, now: jiff::Timestamp) -> Result<String, WarrantError> {
        let certificate = verified.certificate.as_ref();
        let key = certificate.map_or_else(|| verified.key.key_data(), |certificate| certificate.signature_key());
        let mut problem = None;
        for entry in &self.entries {
            if entry.authority != certificate.is_some() || entry.key.key_data() != key {
                continue;
            }
            let person = match certificate {
                Some(certificate) => entry.vouches(certificate, now),
                None => entry.holds(now).map(|()| entry.principal.clone()),
            };
            match person {
                Ok(person) => return Ok(person),
                Err(reason) => problem = Some(format!("line {}: {reason}", entry.line)),
            }
        }
        let key = verified.fingerprint().to_string();
        Err(match problem {
            Some(problem) => WarrantError::KeyNotValid { key, problem },
            None => WarrantError::UnknownKey { key },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Reach, TrustRoot};
    use crate::base::Coded as _;

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ2FaJbJtW1NdOT7gqBoVR2FI0kRZJJU1Nn6v3Fm1V8M";

    /// Attack: a caller names a trust root of their own on a machine that has one.
    #[test]
    fn the_trust_root_of_the_machine_is_the_only_one() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        let (system, own) = (folder.path().join("system"), folder.path().join("own"));
        std::fs::write(&own, format!("eve@example.org {KEY}\n")).unwrap();
        let package = folder.path().join("package");
        let code = |path, reach| {
            TrustRoot::read_where(path, &package, reach, &system).map(drop).map_err(|failure| failure.code())
        };
        assert_eq!(code(&own, Reach::Reported), Ok(()));
        assert_eq!(code(&own, Reach::Refused), Err("warrant.own-trust-root"));
        std::fs::write(&system, format!("ada@example.org {KEY}\n")).unwrap();
        assert_eq!(code(&own, Reach::Reported), Err("warrant.trust-root"));
        // The machine's own is not for demonstrations: here it is ours, and we could write it.
        assert_eq!(code(&system, Reach::Reported), Err("warrant.own-trust-root"));
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&system, &link).unwrap();
        assert_eq!(code(&link, Reach::Reported), Err("warrant.own-trust-root"));
    }
}
