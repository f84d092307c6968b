//! Nothing is left behind, not even after `kill -9`: a small shell process waits for our end of a pipe to close, which
//! the kernel does however we die, and then stops the server and removes the folder. Folders whose owner died together
//! with its watchdog (a power cut, a killed container) are swept when the next cluster starts.

use std::fs::File;
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

use rustix::fs::{FlockOperation, flock};

use super::ClusterError;

/// `$1` is the cluster's folder. The word `done` means that the owner has cleaned up by itself.
const SCRIPT: &str = r#"
read -r word
[ "$word" = done ] && exit 0
tries=0
while [ -e "$1" ] && [ $tries -lt 100 ]; do
    pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null)
    [ -n "$pid" ] && kill -QUIT "$pid" 2>/dev/null
    rm -rf -- "$1"
    tries=$((tries + 1))
    sleep 0.1
done
"#;

pub struct Watchdog {
    child: Child,
    pipe: Option<ChildStdin>,
}

impl Watchdog {
    /// Starts watching over a folder, before anything is put into it.
    pub fn start(folder: &Path) -> Result<Self, ClusterError> {
        let mut child = Command::new("/bin/sh")
            .arg("-c")
            .arg(SCRIPT)
            .arg("pgwarrant-watchdog")
            .arg(folder)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // A Ctrl-C at the terminal reaches the whole group; the watchdog has to outlive it.
            .process_group(0)
            .spawn()
            .map_err(ClusterError::io("starting the watchdog"))?;
        let pipe = child.stdin.take();
        Ok(Self { child, pipe })
    }

    /// The folder is gone: the watchdog may go too.
    pub fn dismiss(&mut self) {
        if let Some(mut pipe) = self.pipe.take() {
            // A watchdog that died before us has nothing left to do.
            let _ = pipe.write_all(b"done\n");
        }
        let _ = self.child.wait();
    }
}

/// Name of the file whose lock says that a folder's owner is alive.
const OWNER: &str = "owner.lock";

/// Marks a folder as ours for as long as the file stays open.
pub fn claim(folder: &Path) -> Result<File, ClusterError> {
    let file = File::create(folder.join(OWNER)).map_err(ClusterError::io("claiming the cluster's folder"))?;
    flock(&file, FlockOperation::NonBlockingLockExclusive)
        .map_err(|failure| ClusterError::io("locking the cluster's folder")(failure.into()))?;
    Ok(file)
}

/// Removes the folders of owners that are gone.
pub fn sweep(base: &Path, prefix: &str) {
    let Ok(entries) = std::fs::read_dir(base) else { return };
    for entry in entries.flatten() {
        let ours = entry.file_name().to_str().is_some_and(|name| name.starts_with(prefix));
        let Some(lock) = ours.then(|| File::open(entry.path().join(OWNER)).ok()).flatten() else { continue };
        if flock(&lock, FlockOperation::NonBlockingLockExclusive).is_ok() {
            log::info!(target: "pgwarrant.cluster", "removing {}, left behind by a process that is gone", entry.path().display());
            // A folder of another user stays: it is not ours to remove.
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}
