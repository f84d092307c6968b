//! One warrant, one use. A used nonce is a file that can be made only once, in a folder of the applying account and in
//! the package itself; either is enough to refuse a second use.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::{Warrant, WarrantError};
use crate::base::{Digest, file};

/// Where used nonces are kept.
#[derive(Clone, Debug)]
pub struct Ledger {
    folders: Vec<PathBuf>,
    /// Out of reach of whoever can write the package.
    vouched: PathBuf,
}

impl Ledger {
    /// The state folder of the applying account, and the package's own.
    pub fn new(state: &Path, package: &Path) -> Self {
        let vouched = state.join("vouched");
        Self { vouched, folders: vec![state.join("used"), package.join(crate::package::RUNS).join("used")] }
    }

    /// Refuses a nonce that was used, without using it.
    pub fn look(&self, warrant: &Warrant) -> Result<(), WarrantError> {
        for folder in &self.folders {
            let path = folder.join(&warrant.nonce);
            match std::fs::read_to_string(&path) {
                Ok(by) => return Err(WarrantError::Used { nonce: warrant.nonce.clone(), by: by.trim().to_owned() }),
                Err(failure) if failure.kind() == std::io::ErrorKind::NotFound => {}
                Err(failure) => return Err(WarrantError::io("reading", &path)(failure)),
            }
        }
        Ok(())
    }

    /// Remembers the digest of something that this account measured and leaves beside a package.
    pub fn vouch(&self, digest: &Digest) -> Result<(), WarrantError> {
        std::fs::create_dir_all(&self.vouched).map_err(WarrantError::io("making", &self.vouched))?;
        let path = self.vouched.join(digest.as_str());
        file::write(&path, b"").map_err(WarrantError::io("writing", &path))
    }

    /// Whether this account measured it: anyone who can write the package could have left it there.
    pub fn vouches(&self, digest: &Digest) -> Result<bool, WarrantError> {
        let path = self.vouched.join(digest.as_str());
        path.try_exists().map_err(WarrantError::io("reading", &path))
    }

    /// Uses a nonce up, durably. Of two at the same time exactly one succeeds.
    pub fn spend(&self, warrant: &Warrant, run: &str) -> Result<(), WarrantError> {
        self.look(warrant)?;
        for folder in &self.folders {
            std::fs::create_dir_all(folder).map_err(WarrantError::io("making", folder))?;
            let path = folder.join(&warrant.nonce);
            let mut file = match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(file) => file,
                Err(failure) if failure.kind() == std::io::ErrorKind::AlreadyExists => {
                    return Err(WarrantError::Used { nonce: warrant.nonce.clone(), by: "a run at this moment".into() });
                }
                Err(failure) => return Err(WarrantError::io("making", &path)(failure)),
            };
            file.write_all(format!("{run}\n").as_bytes())
                .and_then(|()| file.sync_all())
                .and_then(|()| file::sync_folder(folder))
                .map_err(WarrantError::io("writing", &path))?;
        }
        Ok(())
    }
}
