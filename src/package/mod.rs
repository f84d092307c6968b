//! The sealed directory a reviewer signs. Its identity is one SHA-256: that of `manifest.json`, which names every other
//! file with size and hash. `warrants/` and `runs/` lie outside the sealed set.

pub mod error;

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::base::{Digest, canonical, file};

pub use error::PackageError;

const FORMAT: u32 = 1;
pub const MANIFEST: &str = "manifest.json";
pub const SUMS: &str = "SHA256SUMS";
/// Folders outside the sealed set.
pub const WARRANTS: &str = "warrants";
pub const RUNS: &str = "runs";
/// A sealed file larger than this is not one of ours.
const LARGEST: u64 = 256 << 20;

/// One sealed file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedFile {
    pub name: String,
    pub size: u64,
    pub sha256: Digest,
}

/// What a package is made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    pub format: u32,
    /// The change's id, from the contract's first line.
    pub change: String,
    /// Who asks for the decision; someone else has to give it.
    pub requested_by: String,
    /// UTC, RFC 3339.
    pub sealed_at: String,
    /// The version of pgwarrant that sealed it.
    pub pgwarrant: String,
    pub files: Vec<SealedFile>,
}

/// A package read once, every byte verified against its manifest. What is executed later comes from here, not from disk.
#[derive(Clone, Debug)]
pub struct Package {
    pub folder: PathBuf,
    pub manifest: Manifest,
    pub digest: Digest,
    files: BTreeMap<String, Vec<u8>>,
}

impl Package {
    /// Reads and verifies a package.
    pub fn open(folder: &Path) -> Result<Self, PackageError> {
        let manifest_path = folder.join(MANIFEST);
        if !manifest_path.is_file() {
            return Err(PackageError::NotAPackage { path: folder.to_owned() });
        }
        let bytes = read_plain(folder, MANIFEST)?;
        let manifest: Manifest = serde_json::from_slice(&bytes).map_err(|failure| manifest_error(&failure))?;
        if manifest.format != FORMAT {
            return Err(PackageError::Manifest { problem: format!("format {} is not known", manifest.format) });
        }
        // One manifest, one sequence of bytes: a second spelling of the same facts would be a second digest.
        if canonical::bytes(&manifest).map_err(|failure| manifest_error(&failure))? != bytes {
            return Err(PackageError::Manifest { problem: "it is not in canonical form".into() });
        }
        let mut files = BTreeMap::new();
        for sealed in &manifest.files {
            check_name(&sealed.name)?;
            let content = read_plain(folder, &sealed.name)?;
            let found = Digest::of(&content);
            if found != sealed.sha256 || content.len() as u64 != sealed.size {
                return Err(PackageError::Changed {
                    name: sealed.name.clone(),
                    sealed: sealed.sha256.clone(),
                    found,
                    sealed_size: sealed.size,
                    found_size: content.len() as u64,
                });
            }
            if files.insert(sealed.name.clone(), content).is_some() {
                return Err(PackageError::Manifest { problem: format!("{} is listed twice", sealed.name) });
            }
        }
        let digest = Digest::of(&bytes);
        let sums = read_plain(folder, SUMS)?;
        if sums != sums_text(&manifest, &digest).into_bytes() {
            return Err(PackageError::Changed {
                name: SUMS.to_owned(),
                sealed: Digest::of(sums_text(&manifest, &digest).as_bytes()),
                found: Digest::of(&sums),
                sealed_size: sums_text(&manifest, &digest).len() as u64,
                found_size: sums.len() as u64,
            });
        }
        refuse_extras(folder, &files)?;
        Ok(Self { folder: folder.to_owned(), manifest, digest, files })
    }

    /// Seals files into a new folder, which appears whole or not at all.
    pub fn seal(
        folder: &Path,
        files: &BTreeMap<String, Vec<u8>>,
        change: &str,
        requested_by: &str,
        sealed_at: jiff::Timestamp,
    ) -> Result<Self, PackageError> {
        if folder.exists() {
            return Err(PackageError::Exists { path: folder.to_owned() });
        }
        let parent = file::folder_of(folder);
        std::fs::create_dir_all(parent).map_err(PackageError::io("making", parent))?;
        let building = tempfile::Builder::new()
            .prefix(".pgwarrant-")
            .tempdir_in(parent)
            .map_err(PackageError::io("making a folder in", parent))?;
        let mut sealed = Vec::new();
        for (name, content) in files {
            check_name(name)?;
            file::write(&building.path().join(name), content)
                .map_err(PackageError::io("writing", &folder.join(name)))?;
            sealed.push(SealedFile { name: name.clone(), size: content.len() as u64, sha256: Digest::of(content) });
        }
        let manifest = Manifest {
            format: FORMAT,
            change: change.to_owned(),
            requested_by: requested_by.to_owned(),
            sealed_at: sealed_at.to_string(),
            pgwarrant: env!("CARGO_PKG_VERSION").to_owned(),
            files: sealed,
        };
        let bytes = canonical::bytes(&manifest).map_err(|failure| manifest_error(&failure))?;
        let digest = Digest::of(&bytes);
        file::write(&building.path().join(MANIFEST), &bytes)
            .map_err(PackageError::io("writing", &folder.join(MANIFEST)))?;
        file::write(&building.path().join(SUMS), sums_text(&manifest, &digest).as_bytes())
            .map_err(PackageError::io("writing", &folder.join(SUMS)))?;
        for outside in [WARRANTS, RUNS] {
            std::fs::create_dir(building.path().join(outside))
                .map_err(PackageError::io("making", &folder.join(outside)))?;
        }
        open_to_readers(building.path()).map_err(PackageError::io("opening to readers", folder))?;
        std::fs::rename(building.path(), folder).map_err(PackageError::io("renaming into place", folder))?;
        file::sync_folder(parent).map_err(PackageError::io("flushing", parent))?;
        // Read back what was written: the digest handed out is that of the bytes on the disk.
        Self::open(folder)
    }

    /// The bytes of a sealed file.
    pub fn file(&self, name: &str) -> Result<&[u8], PackageError> {
        self.files.get(name).map(Vec::as_slice).ok_or_else(|| PackageError::Missing { name: name.to_owned() })
    }

    /// Reads a sealed JSON file.
    pub fn json<T: serde::de::DeserializeOwned>(&self, name: &str) -> Result<T, PackageError> {
        serde_json::from_slice(self.file(name)?)
            .map_err(|failure| PackageError::Manifest { problem: format!("{name} cannot be read: {failure}") })
    }

    pub fn warrants(&self) -> PathBuf {
        self.folder.join(WARRANTS)
    }

    pub fn runs(&self) -> PathBuf {
        self.folder.join(RUNS)
    }
}

fn manifest_error(failure: &serde_json::Error) -> PackageError {
    PackageError::Manifest { problem: failure.to_string() }
}

/// What `sha256sum -c SHA256SUMS` reads.
fn sums_text(manifest: &Manifest, digest: &Digest) -> String {
    let mut lines: Vec<String> =
        manifest.files.iter().map(|file| format!("{}  {}\n", file.sha256, file.name)).collect();
    lines.push(format!("{digest}  {MANIFEST}\n"));
    lines.concat()
}

/// Plain names in one folder: nothing that could leave it, hide in it, or stand for one of our own.
fn check_name(name: &str) -> Result<(), PackageError> {
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && ![MANIFEST, SUMS, WARRANTS, RUNS].contains(&name);
    if plain { Ok(()) } else { Err(PackageError::BadName { name: name.to_owned() }) }
}

/// Reads a regular file, following no link.
fn read_plain(folder: &Path, name: &str) -> Result<Vec<u8>, PackageError> {
    let path = folder.join(name);
    let metadata = match std::fs::symlink_metadata(&path) {
        Ok(metadata) => metadata,
        Err(failure) if failure.kind() == std::io::ErrorKind::NotFound => {
            return Err(PackageError::Missing { name: name.to_owned() });
        }
        Err(failure) => return Err(PackageError::io("reading", &path)(failure)),
    };
    if !metadata.is_file() || metadata.len() > LARGEST {
        return Err(PackageError::NotAFile { name: name.to_owned() });
    }
    let mut content = Vec::new();
    std::fs::File::open(&path)
        .and_then(|file| file.take(LARGEST + 1).read_to_end(&mut content))
        .map_err(PackageError::io("reading", &path))?;
    Ok(content)
}

fn refuse_extras(folder: &Path, files: &BTreeMap<String, Vec<u8>>) -> Result<(), PackageError> {
    let mut names: Vec<String> = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(PackageError::io("listing", folder))? {
        let entry = entry.map_err(PackageError::io("listing", folder))?;
        names.push(entry.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    for name in names {
        let outside = name == WARRANTS || name == RUNS;
        if outside {
            let plain = std::fs::symlink_metadata(folder.join(&name)).is_ok_and(|metadata| metadata.is_dir());
            if !plain {
                return Err(PackageError::NotAFile { name });
            }
        } else if name != MANIFEST && name != SUMS && !files.contains_key(&name) {
            return Err(PackageError::Extra { name });
        }
    }
    Ok(())
}

#[cfg(unix)]
fn open_to_readers(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn open_to_readers(_: &Path) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::{Path, PathBuf};

    use super::{Package, PackageError};
    use crate::base::Coded as _;

    fn sealed(folder: &Path) -> Package {
        let files = BTreeMap::from([
            ("change.sql".to_owned(), b"CREATE TABLE app.a (id int);\n".to_vec()),
            ("REVIEW.md".to_owned(), b"# Review\n".to_vec()),
        ]);
        Package::seal(&folder.join("package"), &files, "a", "agent@example.org", jiff::Timestamp::UNIX_EPOCH).unwrap()
    }

    fn code(folder: &Path) -> &'static str {
        Package::open(folder).map_or_else(|failure| failure.code(), |_| "opened")
    }

    #[test]
    fn what_is_sealed_is_what_is_opened() {
        let folder = tempfile::tempdir().unwrap();
        let package = sealed(folder.path());
        let again = Package::open(&package.folder).unwrap();
        assert_eq!(again.digest, package.digest);
        assert_eq!(again.file("REVIEW.md").unwrap(), b"# Review\n");
        let files = BTreeMap::new();
        let second = Package::seal(&package.folder, &files, "a", "b", jiff::Timestamp::UNIX_EPOCH);
        assert!(matches!(second, Err(PackageError::Exists { .. })));
    }

    /// Attack: every single byte of every sealed file, and of the manifest and the sums.
    #[test]
    fn no_flipped_byte_is_accepted() {
        let folder = tempfile::tempdir().unwrap();
        let package = sealed(folder.path());
        for name in ["change.sql", "REVIEW.md", super::MANIFEST, super::SUMS] {
            let path = package.folder.join(name);
            let good = std::fs::read(&path).unwrap();
            for at in 0..good.len() {
                let mut bad = good.clone();
                bad[at] ^= 1;
                std::fs::write(&path, &bad).unwrap();
                let opened = Package::open(&package.folder);
                assert!(opened.is_err_and(|_| true), "{name} byte {at}");
            }
            std::fs::write(&path, &good).unwrap();
        }
        assert_eq!(code(&package.folder), "opened");
    }

    #[test]
    fn missing_extra_truncated_renamed_and_linked_files_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let fresh = |n: usize| -> PathBuf {
            let place = folder.path().join(n.to_string());
            std::fs::create_dir(&place).unwrap();
            sealed(&place).folder
        };
        let missing = fresh(1);
        std::fs::remove_file(missing.join("change.sql")).unwrap();
        assert_eq!(code(&missing), "package.missing-file");
        let extra = fresh(2);
        std::fs::write(extra.join("more.sql"), "SELECT 1").unwrap();
        assert_eq!(code(&extra), "package.extra-file");
        let truncated = fresh(3);
        std::fs::write(truncated.join("change.sql"), "CREATE").unwrap();
        assert_eq!(code(&truncated), "package.changed-file");
        let renamed = fresh(4);
        std::fs::rename(renamed.join("change.sql"), renamed.join("changes.sql")).unwrap();
        assert_eq!(code(&renamed), "package.missing-file");
        let linked = fresh(5);
        std::fs::rename(linked.join("change.sql"), folder.path().join("elsewhere")).unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(folder.path().join("elsewhere"), linked.join("change.sql")).unwrap();
        assert_eq!(code(&linked), "package.not-a-file");
        assert_eq!(code(folder.path()), "package.not-a-package");
    }

    #[test]
    fn names_cannot_leave_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["../x", "a/b", "", ".hidden", "manifest.json", "runs", "a\u{202e}b"] {
            let files = BTreeMap::from([(name.to_owned(), Vec::new())]);
            let sealed = Package::seal(&folder.path().join("p"), &files, "a", "b", jiff::Timestamp::UNIX_EPOCH);
            assert!(matches!(sealed, Err(PackageError::BadName { .. })), "{name:?}");
            assert!(!folder.path().join("p").exists());
        }
    }
}
