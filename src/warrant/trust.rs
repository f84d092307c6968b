//! Who may decide: the `allowed_signers` file (ssh-keygen(1), ALLOWED SIGNERS) and, beside it, a policy. Both lie out of
//! the agent's reach.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use ssh_key::PublicKey;

use super::{NAMESPACE, WarrantError};
use crate::base::Digest;

/// Where a machine keeps its trust root. Once it is there, no other is accepted: whoever calls cannot bring their own.
pub const SYSTEM: &str = "/etc/pgwarrant/allowed_signers";

/// The policy's file name, beside the `allowed_signers` file.
pub const POLICY: &str = "policy.json";

/// What the keeper of the trust root demands beyond one signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    pub format: u32,
    /// How many different people have to sign.
    pub threshold: usize,
    /// Only hardware keys, touched for each signature.
    pub require_touch: bool,
    /// The longest validity of a warrant.
    pub max_minutes: i64,
    /// The oldest backup, in seconds, counted from the dump's start.
    pub max_backup_age_seconds: i64,
    /// Whether `apply` may use a connection that does not prove the server.
    pub allow_unproven_transport: bool,
    /// Refuse where this process could itself write the trust root (root aside).
    pub separate_accounts: bool,
    /// Where used nonces are kept; by default in the applying account's state folder.
    pub ledger: Option<PathBuf>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            format: 1,
            threshold: 1,
            require_touch: false,
            max_minutes: 24 * 60,
            max_backup_age_seconds: 3_600,
            allow_unproven_transport: false,
            separate_accounts: false,
            ledger: None,
        }
    }
}

/// One line of the file: who, with which key, for what and when.
#[derive(Clone, Debug)]
struct Entry {
    line: usize,
    principal: String,
    namespaces: Option<Vec<String>>,
    valid_after: Option<jiff::Timestamp>,
    valid_before: Option<jiff::Timestamp>,
    key: PublicKey,
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
    pub fn read(path: &Path, outside: &Path) -> Result<Self, WarrantError> {
        Self::read_where(path, outside, Path::new(SYSTEM))
    }

    fn read_where(path: &Path, outside: &Path, system: &Path) -> Result<Self, WarrantError> {
        let refuse = |problem: String| WarrantError::TrustRoot { path: path.to_owned(), problem };
        let real = path.canonicalize().map_err(|failure| refuse(failure.to_string()))?;
        match system.canonicalize() {
            Ok(system) if system != real => {
                return Err(refuse(format!("this machine's trust root is {}", system.display())));
            }
            Err(failure) if failure.kind() != std::io::ErrorKind::NotFound => {
                return Err(refuse(format!("whether there is {} cannot be seen: {failure}", system.display())));
            }
            _ => {}
        }
        if outside.canonicalize().is_ok_and(|folder| real.starts_with(folder)) {
            return Err(refuse("it lies inside the package".into()));
        }
        let same_account = guard(&real).map_err(refuse)?;
        let text = std::fs::read_to_string(&real).map_err(|failure| refuse(failure.to_string()))?;
        let policy_path = real.with_file_name(POLICY);
        let (policy, policy_sha256) = match std::fs::read(&policy_path) {
            Ok(bytes) => {
                guard(&policy_path).map_err(refuse)?;
                let policy: Policy =
                    serde_json::from_slice(&bytes).map_err(|failure| refuse(format!("{POLICY}: {failure}")))?;
                (policy, Some(Digest::of(&bytes)))
            }
            Err(failure) if failure.kind() == std::io::ErrorKind::NotFound => (Policy::default(), None),
            Err(failure) => return Err(refuse(format!("{POLICY}: {failure}"))),
        };
        if policy.format != 1 || policy.threshold == 0 {
            return Err(refuse(format!("{POLICY}: format 1 and a threshold of at least 1 are needed")));
        }
        if policy.separate_accounts && same_account {
            return Err(refuse("the policy wants separate accounts, and this process could write the file".into()));
        }
        let entries = parse(&text).map_err(|(line, problem)| refuse(format!("line {line}: {problem}")))?;
        Ok(Self { path: real, sha256: Digest::of(text.as_bytes()), policy, policy_sha256, same_account, entries })
    }

    /// The one person a key stands for, now.
    pub fn principal(&self, key: &PublicKey, now: jiff::Timestamp) -> Result<String, WarrantError> {
        let name = key.fingerprint(ssh_key::HashAlg::Sha256).to_string();
        let mut problem = None;
        for entry in self.entries.iter().filter(|entry| entry.key.key_data() == key.key_data()) {
            match entry.holds(now) {
                Ok(()) => return Ok(entry.principal.clone()),
                Err(reason) => problem = Some(format!("line {}: {reason}", entry.line)),
            }
        }
        Err(match problem {
            Some(problem) => WarrantError::KeyNotValid { key: name, problem },
            None => WarrantError::UnknownKey { key: name },
        })
    }
}

impl Entry {
    fn holds(&self, now: jiff::Timestamp) -> Result<(), String> {
        if let Some(namespaces) = &self.namespaces
            && !namespaces.iter().any(|namespace| namespace == NAMESPACE)
        {
            return Err(format!("its namespaces do not include {NAMESPACE}"));
        }
        match (self.valid_after, self.valid_before) {
            (Some(after), _) if now < after => Err(format!("valid after {after}")),
            (_, Some(before)) if now >= before => Err(format!("valid before {before}")),
            _ => Ok(()),
        }
    }
}

/// Only its keeper may be able to change a file: neither it nor a folder above it is writable by group or others
/// (a folder with the sticky bit protects what lies in it). Says whether this process is the keeper.
#[cfg(unix)]
fn guard(path: &Path) -> Result<bool, String> {
    use std::os::unix::fs::MetadataExt as _;
    const WRITABLE: u32 = 0o022;
    const STICKY: u32 = 0o1000;
    let own = rustix::process::geteuid().as_raw();
    let mut ours = false;
    for (depth, place) in path.ancestors().enumerate() {
        let metadata = std::fs::metadata(place).map_err(|failure| failure.to_string())?;
        let protected = depth > 0 && metadata.mode() & STICKY != 0;
        if metadata.mode() & WRITABLE != 0 && !protected {
            return Err(format!("{} is writable by others", place.display()));
        }
        ours |= depth == 0 && metadata.uid() == own;
    }
    if !std::fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file()) {
        return Err("it is not a plain file".into());
    }
    Ok(ours)
}

#[cfg(not(unix))]
fn guard(_: &Path) -> Result<bool, String> {
    Err("this system's file permissions cannot be read".into())
}

fn parse(text: &str) -> Result<Vec<Entry>, (usize, String)> {
    let mut entries = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        if !line.is_empty() && !line.starts_with('#') {
            entries.push(entry(line, at + 1).map_err(|problem| (at + 1, problem))?);
        }
    }
    if entries.is_empty() { Err((1, "it lists nobody".into())) } else { Ok(entries) }
}

/// `principals [options] keytype base64 [comment]`
fn entry(text: &str, line: usize) -> Result<Entry, String> {
    let (principal, rest) = text.split_once([' ', '\t']).ok_or("a principal and a key are needed")?;
    if principal.contains(['*', '?', '!', ',', '"']) {
        return Err(format!("\"{principal}\" is a pattern; a trust root names one person a line"));
    }
    let (options, key) = split_options(rest.trim_start())?;
    let mut found =
        Entry { line, principal: principal.to_owned(), namespaces: None, valid_after: None, valid_before: None, key };
    for option in options {
        let (name, value) =
            option.split_once('=').map_or((option.as_str(), ""), |(name, value)| (name, value.trim_matches('"')));
        match name.to_ascii_lowercase().as_str() {
            "namespaces" if !value.contains(['*', '?', '!']) => {
                found.namespaces = Some(value.split(',').map(|part| part.trim().to_owned()).collect());
            }
            "namespaces" => return Err("patterns in namespaces are not accepted".into()),
            "valid-after" => found.valid_after = Some(timestamp(value)?),
            "valid-before" => found.valid_before = Some(timestamp(value)?),
            "cert-authority" => return Err("certificate authorities are not accepted; list the people's keys".into()),
            other => return Err(format!("unknown option \"{other}\"")),
        }
    }
    Ok(found)
}

/// Options are separated by commas outside double quotes and end at a space outside them; the key follows.
fn split_options(rest: &str) -> Result<(Vec<String>, PublicKey), String> {
    if let Ok(key) = public_key(rest) {
        return Ok((Vec::new(), key));
    }
    let mut options = vec![String::new()];
    let mut quoted = false;
    for (at, c) in rest.char_indices() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => {
                options.push(String::new());
                continue;
            }
            ' ' | '\t' if !quoted => return Ok((options, public_key(rest[at..].trim_start())?)),
            _ => {}
        }
        if let Some(option) = options.last_mut() {
            option.push(c);
        }
    }
    Err("there is no key".into())
}

fn public_key(text: &str) -> Result<PublicKey, String> {
    PublicKey::from_openssh(text).map_err(|failure| format!("the key cannot be read: {failure}"))
}

/// `YYYYMMDD[Z]` or `YYYYMMDDHHMM[SS][Z]`. Without `Z` OpenSSH reads local time, which differs between machines: refused.
fn timestamp(text: &str) -> Result<jiff::Timestamp, String> {
    let digits = text.strip_suffix('Z').ok_or_else(|| format!("\"{text}\" has no Z: write UTC"))?;
    let padded = match digits.len() {
        8 => format!("{digits}000000"),
        12 => format!("{digits}00"),
        14 => digits.to_owned(),
        _ => return Err(format!("\"{text}\" is not YYYYMMDD[HHMM[SS]]Z")),
    };
    if !padded.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("\"{text}\" is not YYYYMMDD[HHMM[SS]]Z"));
    }
    let (date, time) = padded.split_at(8);
    format!("{}-{}-{}T{}:{}:{}Z", &date[..4], &date[4..6], &date[6..], &time[..2], &time[2..4], &time[4..])
        .parse()
        .map_err(|failure: jiff::Error| failure.to_string())
}

#[cfg(test)]
mod tests {
    use super::{TrustRoot, parse, timestamp};

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ2FaJbJtW1NdOT7gqBoVR2FI0kRZJJU1Nn6v3Fm1V8M";

    #[test]
    fn lines_are_read_as_ssh_keygen_reads_them() {
        let text = format!(
            "# people\nada@example.org {KEY} comment\n\
             grace@example.org namespaces=\"pgwarrant,file\",valid-before=\"20300101Z\" {KEY}\n"
        );
        let entries = parse(&text).unwrap();
        assert_eq!(entries.len(), 2);
        assert_eq!(entries[1].principal, "grace@example.org");
        assert_eq!(entries[1].namespaces.as_deref(), Some(&["pgwarrant".to_owned(), "file".to_owned()][..]));
        let now = jiff::Timestamp::UNIX_EPOCH;
        assert!(entries[1].holds(now).is_ok());
        assert!(entries[1].holds("2031-01-01T00:00:00Z".parse().unwrap()).is_err());
    }

    #[test]
    fn what_is_too_wide_is_refused() {
        for bad in [
            format!("* {KEY}"),
            format!("a@example.org,b@example.org {KEY}"),
            format!("a@example.org cert-authority {KEY}"),
            format!("a@example.org namespaces=\"*\" {KEY}"),
            format!("a@example.org valid-before=20300101 {KEY}"),
            format!("a@example.org someday {KEY}"),
            "a@example.org ssh-ed25519 nonsense".to_owned(),
            "a@example.org".to_owned(),
            String::new(),
        ] {
            assert!(parse(&bad).is_err(), "{bad}");
        }
    }

    /// Attack: a caller names a trust root of their own on a machine that has one.
    #[test]
    fn the_trust_root_of_the_machine_is_the_only_one() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        let (system, own) = (folder.path().join("system"), folder.path().join("own"));
        std::fs::write(&own, format!("eve@example.org {KEY}\n")).unwrap();
        let package = folder.path().join("package");
        assert!(TrustRoot::read_where(&own, &package, &system).is_ok());
        std::fs::write(&system, format!("ada@example.org {KEY}\n")).unwrap();
        assert!(TrustRoot::read_where(&own, &package, &system).is_err());
        assert!(TrustRoot::read_where(&system, &package, &system).is_ok());
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&system, &link).unwrap();
        assert!(TrustRoot::read_where(&link, &package, &system).is_ok());
    }

    #[test]
    fn times_are_utc() {
        assert_eq!(timestamp("20261120Z").unwrap().to_string(), "2026-11-20T00:00:00Z");
        assert_eq!(timestamp("202611201530Z").unwrap().to_string(), "2026-11-20T15:30:00Z");
        for bad in ["2026", "20261120", "2026112015304Z", "20261340Z", "2026 120Z"] {
            assert!(timestamp(bad).is_err(), "{bad}");
        }
    }
}
