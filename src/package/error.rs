//! What is wrong with a package.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::base::{Coded, Digest};

#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    #[error("{action} {path}: {source}")]
    Io { action: &'static str, path: PathBuf, source: std::io::Error },
    #[error("{path} exists already")]
    Exists { path: PathBuf },
    #[error("{path} is not a package: it has no manifest.json")]
    NotAPackage { path: PathBuf },
    #[error("the manifest is not one that pgwarrant writes: {problem}")]
    Manifest { problem: String },
    #[error("the package lacks {name}")]
    Missing { name: String },
    #[error("the package holds {name}, which was not sealed")]
    Extra { name: String },
    #[error("{name} is not what was sealed")]
    Changed { name: String, sealed: Digest, found: Digest, sealed_size: u64, found_size: u64 },
    #[error("{name} is not a plain file")]
    NotAFile { name: String },
    #[error("{name} cannot be a file of a package")]
    BadName { name: String },
}

impl PackageError {
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }
}

impl Coded for PackageError {
    fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } => "package.io",
            Self::Exists { .. } => "package.exists",
            Self::NotAPackage { .. } => "package.not-a-package",
            Self::Manifest { .. } => "package.manifest",
            Self::Missing { .. } => "package.missing-file",
            Self::Extra { .. } => "package.extra-file",
            Self::Changed { .. } => "package.changed-file",
            Self::NotAFile { .. } => "package.not-a-file",
            Self::BadName { .. } => "package.bad-name",
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Io { .. } => return None,
            Self::Exists { .. } => "a package is never overwritten: choose another folder".into(),
            Self::NotAPackage { .. } => "make one with `pgwarrant package CHANGE --target DSN -o DIR`".into(),
            _ => "the sealed bytes are what was reviewed: restore them, or make and review a new package".into(),
        })
    }

    fn exit_status(&self) -> u8 {
        match self {
            Self::Io { .. } => 4,
            Self::Exists { .. } | Self::NotAPackage { .. } | Self::BadName { .. } => 2,
            _ => 3,
        }
    }

    fn facts(&self) -> Map<String, Value> {
        match self {
            Self::Changed { name, sealed, found, sealed_size, found_size } => json!({
                "file": name, "sealed_sha256": sealed, "found_sha256": found,
                "sealed_size": sealed_size, "found_size": found_size,
            }),
            Self::Missing { name } | Self::Extra { name } | Self::NotAFile { name } => json!({"file": name}),
            _ => Value::Null,
        }
        .as_object()
        .cloned()
        .unwrap_or_default()
    }
}
