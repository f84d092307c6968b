//! Files appear whole or not at all: written beside their place, flushed, renamed, and the folder flushed too.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

/// Writes a file by rename. After `Ok` the bytes and the name survive a power cut.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = folder_of(path);
    let mut file = tempfile::Builder::new().prefix(".pgwarrant-").tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    set_readable(file.as_file())?;
    file.persist(path).map_err(|failure| failure.error)?;
    sync_folder(folder)
}

/// Flushes a folder, so that names created or removed in it survive a power cut.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// The folder a path lies in (`.` for a bare name).
pub fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Temporary files are made for their owner alone; an artefact is meant to be read by reviewers too.
#[cfg(unix)]
fn set_readable(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn set_readable(_: &File) -> io::Result<()> {
    Ok(())
}
