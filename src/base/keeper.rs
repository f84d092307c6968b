//! Who could change a file: its keeper alone, others, or this very process.

use std::path::{Path, PathBuf};

/// The place (the file or a folder above it) through which this process could change a file, if there is one. A file that
/// others can write or exchange is refused whoever we are: its keeper is root, or (for a demonstration) this account.
#[cfg(unix)]
pub fn within_reach(path: &Path) -> Result<Option<PathBuf>, String> {
    use std::os::unix::fs::MetadataExt as _;

    use rustix::process::{geteuid, getuid};
    const WRITABLE: u32 = 0o022;
    const STICKY: u32 = 0o1000;
    if !std::fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file()) {
        return Err("it is not a plain file".into());
    }
    let we = [getuid(), geteuid()];
    let mut ours = None;
    for (depth, place) in path.ancestors().enumerate() {
        let metadata = std::fs::metadata(place).map_err(|failure| failure.to_string())?;
        // In a folder with the sticky bit nobody but its owner exchanges what is another's.
        let protected = depth > 0 && metadata.mode() & STICKY != 0;
        if metadata.mode() & WRITABLE != 0 && !protected {
            return Err(format!("{} is writable by others", place.display()));
        }
        // An owner can make writable what is not, and root can do everything.
        let owned = we.iter().any(|user| user.as_raw() == metadata.uid());
        if metadata.uid() != 0 && !owned {
            return Err(format!("{} belongs to another account than root", place.display()));
        }
        let mighty = we.iter().any(|user| user.is_root());
        if ours.is_none() && (owned || mighty || (!protected && may_write(place)?)) {
            ours = Some(place.to_owned());
        }
    }
    Ok(ours)
}

/// Whether the system would let us: capabilities and access lists count too.
#[cfg(unix)]
fn may_write(place: &Path) -> Result<bool, String> {
    use rustix::fs::{Access, AtFlags, CWD, accessat};
    use rustix::io::Errno;
    match accessat(CWD, place, Access::WRITE_OK, AtFlags::EACCESS) {
        Ok(()) => Ok(true),
        Err(Errno::ACCESS | Errno::PERM | Errno::ROFS) => Ok(false),
        Err(failure) => Err(format!("whether {} can be written cannot be seen: {failure}", place.display())),
    }
}

#[cfg(not(unix))]
pub fn within_reach(_: &Path) -> Result<Option<PathBuf>, String> {
    Err("this system's file permissions cannot be read".into())
}
