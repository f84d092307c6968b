//! Which PostgreSQL servers this machine has, in the order they are preferred.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::{Deserialize, Serialize};

use super::ClusterError;

/// Where to look, in order of preference.
#[derive(Clone, Debug, Default)]
pub struct Discovery {
    /// Named by the caller: then nothing else is looked at.
    pub explicit: Option<PathBuf>,
    /// `PGWARRANT_PG_BIN`: bin folders separated as in `PATH`.
    pub variable: Option<String>,
    /// The embedded wheel's bin folders.
    pub embedded: Vec<PathBuf>,
}

/// One installed server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Server {
    pub major: u32,
    /// As the program says it: `16.14`, `18beta1`.
    pub version: String,
    pub bin: PathBuf,
    /// `explicit`, `PGWARRANT_PG_BIN`, `embedded` or `system`.
    pub source: String,
    /// The client programs beside it.
    pub tools: Vec<String>,
    /// The extensions it can create.
    pub extensions: Vec<String>,
}

impl Discovery {
    /// Everything found.
    pub fn servers(&self) -> Result<Vec<Server>, ClusterError> {
        if let Some(folder) = &self.explicit {
            let server =
                inspect(folder, "explicit").ok_or_else(|| ClusterError::NotABinFolder { folder: folder.clone() })?;
            return Ok(vec![server]);
        }
        let variable = self
            .variable
            .iter()
            .flat_map(|list| std::env::split_paths(list))
            .map(|folder| (folder, "PGWARRANT_PG_BIN"));
        let embedded = self.embedded.iter().cloned().map(|folder| (folder, "embedded"));
        let system = system_folders().into_iter().map(|folder| (folder, "system"));
        let mut seen = BTreeSet::new();
        let mut servers = Vec::new();
        for (folder, source) in variable.chain(embedded).chain(system) {
            let Ok(real) = folder.canonicalize() else { continue };
            if seen.insert(real) {
                servers.extend(inspect(&folder, source));
            }
        }
        Ok(servers)
    }

    /// The preferred server, of this major where one is asked for.
    pub fn choose(&self, major: Option<u32>) -> Result<Server, ClusterError> {
        let servers = self.servers()?;
        let found: BTreeSet<u32> = servers.iter().map(|server| server.major).collect();
        let Some(first) = servers.first() else { return Err(ClusterError::NoServer) };
        let wanted = match major {
            Some(major) => servers.iter().find(|server| server.major == major),
            // Of the preferred source, the newest.
            None => servers.iter().filter(|server| server.source == first.source).max_by_key(|server| server.major),
        };
        wanted.cloned().ok_or_else(|| match major {
            Some(major) => ClusterError::NoSuchMajor { major, found: found.into_iter().collect() },
            None => ClusterError::NoServer,
        })
    }

    /// The preferred client program of at least this major (`pg_dump` must not be older than the server it dumps).
    pub fn tool(&self, name: &str, at_least: u32) -> Result<PathBuf, ClusterError> {
        let servers = self.servers()?;
        let found = servers.iter().map(|server| server.major).collect::<BTreeSet<u32>>().into_iter().collect();
        servers
            .iter()
            .filter(|server| server.major >= at_least && server.tools.iter().any(|tool| tool == name))
            .min_by_key(|server| server.major)
            .map(|server| server.bin.join(name))
            .ok_or(ClusterError::NoSuchMajor { major: at_least, found })
    }
}

const TOOLS: [&str; 4] = ["pg_dump", "pg_restore", "pg_dumpall", "psql"];

fn inspect(bin: &Path, source: &str) -> Option<Server> {
    let output = Command::new(bin.join("postgres")).arg("--version").stdin(Stdio::null()).output().ok()?;
    if !output.status.success() || !bin.join("initdb").is_file() {
        return None;
    }
    let text = String::from_utf8(output.stdout).ok()?;
    let version = text.split_whitespace().nth(2)?.to_owned();
    let major = version.chars().take_while(char::is_ascii_digit).collect::<String>().parse().ok()?;
    let tools = TOOLS.iter().filter(|tool| bin.join(tool).is_file()).map(|&tool| tool.to_owned()).collect();
    Some(Server { major, version, bin: bin.to_owned(), source: source.to_owned(), tools, extensions: extensions(bin) })
}

/// The control files of the share folder: what `CREATE EXTENSION` can find.
fn extensions(bin: &Path) -> Vec<String> {
    let root = bin.parent().unwrap_or(bin);
    let mut folders = vec![root.join("share/extension"), root.join("share/postgresql/extension")];
    // Debian keeps them apart from the programs: /usr/lib/postgresql/16 and /usr/share/postgresql/16.
    if let Some(major) = root.file_name() {
        folders.push(Path::new("/usr/share/postgresql").join(major).join("extension"));
    }
    let mut names = BTreeSet::new();
    for entry in folders.iter().filter_map(|folder| std::fs::read_dir(folder).ok()).flatten().flatten() {
        if let Some(name) = entry.file_name().to_str().and_then(|name| name.strip_suffix(".control")) {
            names.insert(name.to_owned());
        }
    }
    names.into_iter().collect()
}

/// `pg_config`, then where Debian, RPM and Homebrew put servers, newest first.
fn system_folders() -> Vec<PathBuf> {
    let mut folders = Vec::new();
    if let Ok(output) = Command::new("pg_config").arg("--bindir").stdin(Stdio::null()).output()
        && output.status.success()
        && let Ok(text) = String::from_utf8(output.stdout)
    {
        folders.push(PathBuf::from(text.trim()));
    }
    let families: [(&str, &str, &str); 5] = [
        ("/usr/lib/postgresql", "", "bin"),
        ("/usr", "pgsql-", "bin"),
        ("/opt/homebrew/opt", "postgresql@", "bin"),
        ("/usr/local/opt", "postgresql@", "bin"),
        ("/usr/local", "pgsql", "bin"),
    ];
    for (root, prefix, bin) in families {
        let Ok(entries) = std::fs::read_dir(root) else { continue };
        let mut found: Vec<(u32, PathBuf)> = entries
            .flatten()
            .filter_map(|entry| {
                let name = entry.file_name().into_string().ok()?;
                let number = name.strip_prefix(prefix)?;
                Some((number.parse().unwrap_or(0), entry.path().join(bin)))
            })
            .filter(|(_, folder)| folder.join("initdb").is_file())
            .collect();
        found.sort_by(|a, b| b.cmp(a));
        folders.extend(found.into_iter().map(|(_, folder)| folder));
    }
    folders
}
