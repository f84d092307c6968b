//! A sealed package, people with real keys, and a trust root on disk: what decisions are made of.

#![allow(dead_code, reason = "each test binary uses its own part")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use pgwarrant::base::{Coded as _, Digest};
use pgwarrant::package::Package;
use pgwarrant::warrant::authorise::{self, Filed, Subject};
use pgwarrant::warrant::payload::FORMAT;
use pgwarrant::warrant::{Authorised, Decision, Instance, Operation, Reach, Target, TrustRoot, Warrant, WarrantError};

pub const AGENT: &str = "agent@example.org";
pub const ADA: &str = "ada@example.org";

pub struct World {
    pub folder: tempfile::TempDir,
    pub package: Package,
    pub now: jiff::Timestamp,
}

pub fn subject() -> Subject {
    Subject {
        script: Digest::of(b"script"),
        statements: 3,
        delta: Digest::of(b"delta"),
        review: Digest::of(b"review"),
        fingerprint: Digest::of(b"catalog"),
        target: Target {
            database: "orders".into(),
            database_oid: 16384,
            system_identifier: "7000000000000000001".into(),
            server_major: 16,
        },
        restored: false,
        roles: vec!["deploy".into(), "owner".into()],
    }
}

impl World {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        let files = BTreeMap::from([("change.sql".to_owned(), b"SELECT 1;".to_vec())]);
        let now: jiff::Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
        let package = Package::seal(&folder.path().join("package"), &files, "orders-1", AGENT, now).unwrap();
        Self { folder, package, now }
    }

    pub fn key(&self, name: &str, kind: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        let made = Command::new("ssh-keygen")
            .args(["-q", "-t", kind, "-N", "", "-C", name, "-f"])
            .arg(&path)
            .status()
            .unwrap();
        assert!(made.success());
        path
    }

    pub fn trust(&self, lines: &[(&str, &Path, &str)]) -> PathBuf {
        let path = self.folder.path().join("allowed_signers");
        let mut text = String::new();
        for (who, key, options) in lines {
            let public = std::fs::read_to_string(key.with_extension("pub")).unwrap();
            text.extend([*who, " ", *options, &public]);
        }
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        path
    }

    pub fn warrant(&self) -> Warrant {
        let subject = subject();
        Warrant {
            format: FORMAT,
            operation: Operation::Apply,
            decision: Decision::Approve,
            change: "orders-1".into(),
            package: self.package.digest.clone(),
            script: subject.script,
            statements: subject.statements,
            delta: subject.delta,
            review: subject.review,
            fingerprint: subject.fingerprint,
            target: subject.target,
            instance: Instance { timeline: 1, started_us: 1_700_000_000_000_000, marker: None },
            role: "deploy".into(),
            trust: None,
            not_before: "2026-11-20T11:30:00Z".into(),
            not_after: "2026-11-20T12:30:00Z".into(),
            nonce: Warrant::nonce().unwrap(),
            requested_by: AGENT.into(),
            supersedes: None,
            because: None,
        }
    }

    /// Files the warrant and signs it with plain ssh-keygen.
    pub fn sign(&self, warrant: &Warrant, keys: &[&Path], namespace: &str) -> Filed {
        let bytes = warrant.bytes().unwrap();
        let path = self.package.warrants().join(authorise::file_name(&bytes));
        std::fs::write(&path, &bytes).unwrap();
        let mut signatures = Vec::new();
        for (number, key) in keys.iter().enumerate() {
            // ssh-keygen does not overwrite.
            let _ = std::fs::remove_file(path.with_extension("json.sig"));
            let signed = Command::new("ssh-keygen")
                .args(["-Y", "sign", "-n", namespace, "-f"])
                .arg(key)
                .arg(&path)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .unwrap();
            assert!(signed.success());
            let made = path.with_extension("json.sig");
            let kept = if number == 0 { made.clone() } else { path.with_extension(format!("json.{number}.sig")) };
            if number > 0 {
                std::fs::rename(&made, &kept).unwrap();
            }
            signatures.push((kept.clone(), std::fs::read(&kept).unwrap()));
            if number == 0 && keys.len() > 1 {
                let first = path.with_extension("json.0.sig");
                std::fs::rename(&made, &first).unwrap();
            }
        }
        Filed { path, digest: Digest::of(&bytes), warrant: warrant.clone(), bytes, signatures }
    }

    pub fn authorise(&self, filed: &Filed, trust: &Path) -> Result<Authorised, WarrantError> {
        let trust = TrustRoot::read(trust, &self.package.folder, Reach::Reported)?;
        authorise::authorise(filed, Operation::Apply, &self.package, &subject(), &trust, self.now)
    }

    pub fn code(&self, filed: &Filed, trust: &Path) -> &'static str {
        self.authorise(filed, trust).map_or_else(|failure| failure.code(), |_| "authorised")
    }
}
