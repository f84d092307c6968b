//! PostgreSQL's programs refuse to run as root; in containers everything is root. A user namespace gives them another
//! user id without creating an account; where namespaces are forbidden, they run as an unprivileged user instead.

use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use super::ClusterError;

/// As whom the server's programs run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Account {
    /// As ourselves.
    Own,
    /// As ourselves, seen as an ordinary user inside a user namespace.
    Namespace,
    /// As an unprivileged user; its folders are handed over to it.
    Dropped { uid: u32, gid: u32 },
}

/// `nobody`, everywhere.
const NOBODY: u32 = 65_534;

impl Account {
    /// The account for this process, decided once.
    pub fn choose() -> Result<Self, ClusterError> {
        static CHOSEN: OnceLock<Account> = OnceLock::new();
        if let Some(account) = CHOSEN.get() {
            return Ok(*account);
        }
        let account = if !rustix::process::geteuid().is_root() {
            Self::Own
        } else if namespace_works() {
            Self::Namespace
        } else if drop_works() {
            Self::Dropped { uid: NOBODY, gid: NOBODY }
        } else {
            return Err(ClusterError::Root { problem: "unshare and setuid are both refused".into() });
        };
        Ok(*CHOSEN.get_or_init(|| account))
    }

    /// A command that runs a program under this account, with nothing of our environment but a plain one.
    pub fn command(self, program: &Path, home: &Path) -> Command {
        let mut command = match self {
            Self::Own => Command::new(program),
            Self::Namespace => {
                let mut command = Command::new("unshare");
                command.args(NAMESPACE_ARGUMENTS).arg("--").arg(program);
                command
            }
            Self::Dropped { uid, gid } => {
                let mut command = Command::new(program);
                command.uid(uid).gid(gid);
                command
            }
        };
        plain_environment(&mut command, home);
        command.current_dir(home);
        command
    }

    /// Hands a folder over to the account, where it is not ours anyway.
    pub fn own(self, folder: &Path) -> Result<(), ClusterError> {
        if let Self::Dropped { uid, gid } = self {
            std::os::unix::fs::chown(folder, Some(uid), Some(gid))
                .map_err(ClusterError::io("handing over a folder"))?;
        }
        Ok(())
    }

    /// How this is told in a report.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Own => "the calling user",
            Self::Namespace => "an ordinary user inside a user namespace",
            Self::Dropped { .. } => "an unprivileged user (nobody)",
        }
    }
}

/// Only these few variables reach a server program: no `PG*` of the caller can redirect it.
fn plain_environment(command: &mut Command, home: &Path) {
    command.env_clear();
    for name in ["PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command.env("LC_ALL", "C").env("TZ", "UTC").env("HOME", home);
}

/// The id shown inside is an ordinary one; outside it stays ours, so our folders stay ours.
const NAMESPACE_ARGUMENTS: [&str; 3] = ["--user", "--map-user=1000", "--map-group=1000"];

fn namespace_works() -> bool {
    Command::new("unshare")
        .args(NAMESPACE_ARGUMENTS)
        .args(["--", "id", "-u"])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .is_ok_and(|output| output.status.success() && output.stdout.trim_ascii() == b"1000")
}

fn drop_works() -> bool {
    Command::new("id")
        .arg("-u")
        .uid(NOBODY)
        .gid(NOBODY)
        .current_dir("/")
        .stdin(Stdio::null())
        .output()
        .is_ok_and(|output| output.status.success())
}
