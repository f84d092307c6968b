//! A small file system of its own under a server, which can be filled to the last byte.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs::OpenOptions;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use pgwarrant::base::Interrupt;
use pgwarrant::cluster::account::Account;
use pgwarrant::pg::{Environment, Patience, Purpose, Session, Settings};

use super::Server;

/// Set in a process whose mounts nobody else sees, and which end with it.
const OWN_MOUNTS: &str = "PGWARRANT_TEST_OWN_MOUNTS";

/// Room beside what a server has at first: for its log and the runs.
const ROOM_MB: u64 = 160;

/// Runs the test again in a process with mounts of its own, where this machine lets us make one. True where it ran there.
pub fn ran_with_own_mounts(test: &str) -> bool {
    if std::env::var_os(OWN_MOUNTS).is_some() {
        return false;
    }
    let probe = "mkdir -p \"$0\" && mount -t tmpfs -o size=1m tmpfs \"$0\"";
    let folder = tempfile::tempdir().unwrap();
    let tried = Command::new("unshare")
        .args(["--mount", "--propagation", "private", "sh", "-c", probe])
        .arg(folder.path())
        .stdin(Stdio::null())
        .output();
    match tried {
        Ok(output) if output.status.success() => {}
        Ok(output) => {
            println!("no small file system can be mounted here: {}", String::from_utf8_lossy(&output.stderr).trim());
            return false;
        }
        Err(failure) => {
            println!("no small file system can be mounted here: unshare: {failure}");
            return false;
        }
    }
    let mut child = Command::new("unshare")
        .args(["--mount", "--propagation", "private", "sh", "-c", "exec \"$@\" 2>&1", "sh"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(OWN_MOUNTS, "1")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        println!("{}", line.unwrap());
    }
    assert!(child.wait().unwrap().success(), "see above");
    true
}

/// The whole data folder of a server lies on it.
pub struct SmallDisk {
    mounted: tempfile::TempDir,
}

impl SmallDisk {
    /// Puts a server's files on one, and starts it again. None where nothing can be mounted.
    pub fn under(server: &mut Server) -> Option<Self> {
        std::env::var_os(OWN_MOUNTS)?;
        let mut session = server.cluster.session("postgres", Purpose::Change).unwrap();
        // A log that keeps no room for later, and is not kept for long.
        for setting in ["max_wal_size = '32MB'", "min_wal_size = '32MB'", "wal_recycle = off"] {
            session.execute(&format!("ALTER SYSTEM SET {setting}")).unwrap();
        }
        drop(session);
        server.cluster.shut_down().unwrap();
        let data = server.cluster.folder().unwrap().join("data");
        let used = Command::new("du").args(["-sm"]).arg(&data).output().unwrap();
        let used: u64 = String::from_utf8_lossy(&used.stdout).split_whitespace().next().unwrap().parse().unwrap();
        let mounted = tempfile::Builder::new().prefix("small-").tempdir().unwrap();
        let done = |command: &mut Command| assert!(command.status().unwrap().success(), "{command:?}");
        let size = format!("size={}m", used + ROOM_MB);
        done(Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(mounted.path()));
        Account::choose().unwrap().own(mounted.path()).unwrap();
        done(Command::new("cp").arg("-a").arg(&data).arg(mounted.path()));
        std::fs::remove_dir_all(&data).unwrap();
        std::os::unix::fs::symlink(mounted.path().join("data"), &data).unwrap();
        server.cluster.restart().unwrap();
        Some(Self { mounted })
    }

    /// The file that fills it.
    pub fn filler(&self) -> PathBuf {
        self.mounted.path().join("filler")
    }

    pub fn free(&self) {
        // Where it was never filled there is none.
        let _ = std::fs::remove_file(self.filler());
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Otherwise it ends with this process.
        let _ = Command::new("umount").arg("--lazy").arg(self.mounted.path()).status();
    }
}

/// Fills a file system to its last byte.
pub fn fill(filler: &Path) {
    let mut file = OpenOptions::new().create(true).append(true).open(filler).unwrap();
    let mut piece = 1 << 20;
    while piece > 0 {
        if file.write_all(&vec![1; piece]).is_err() {
            piece /= 4;
        }
    }
}

/// Lets a server write its log until that needs a new file, which it cannot make.
pub fn need_a_new_log_file(conninfo: &str) {
    let nowhere = Environment::default();
    let settings = Settings::resolve(conninfo, &nowhere).unwrap();
    let connected = Session::connect(&settings, &nowhere, Purpose::Change, Patience::LOOKING, &Interrupt::default());
    let Ok(mut session) = connected else { return };
    for _ in 0..8 {
        let sql = "SELECT pg_logical_emit_message(true, 'pgwarrant', 'full')::text, pg_switch_wal()::text";
        if session.query(sql, &[]).is_err() {
            return;
        }
    }
}
