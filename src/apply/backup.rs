//! The backup: a custom-format `pg_dump`, hashed, measured, and read back with `pg_restore --list`. Declared is not
//! enough; its age counts from the dump's start, because that is the instant it shows.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde::{Deserialize, Serialize};

use super::ApplyError;
use crate::base::{Check, Digest, Interrupt, ServerVersion, file};
use crate::cluster::{Discovery, tool};
use crate::pg::{Identity, Settings};

pub const FORMAT: u32 = 1;

/// What is recorded of a backup (`backup.json`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backup {
    pub format: u32,
    /// The dump's file name, beside the record.
    pub file: String,
    pub size: u64,
    pub sha256: Digest,
    /// UTC, RFC 3339: the instant the dump shows is not earlier.
    pub started_at: String,
    pub finished_at: String,
    /// Entries of the dump's table of contents.
    pub entries: u64,
    /// As `pg_dump --version` says it.
    pub client_version: String,
    pub server_version_num: ServerVersion,
    pub system_identifier: Option<String>,
    pub database: String,
    pub database_oid: u32,
}

/// Takes a backup into a folder: the dump and its record.
pub fn take(
    folder: &Path,
    identity: &Identity,
    settings: &Settings,
    discovery: &Discovery,
    interrupt: &Interrupt,
) -> Result<Backup, ApplyError> {
    let pg_dump = discovery.tool("pg_dump", identity.server_version_num.major())?;
    let name = "backup.dump".to_owned();
    let path = folder.join(&name);
    let part = folder.join("backup.dump.part");
    let started = crate::base::clock::now();
    let mut command = client(&pg_dump, identity, settings)?;
    command.args(["--format=custom", "--no-password", "--file"]).arg(&part);
    let dumped = tool::run("pg_dump", &mut command, interrupt);
    if let Err(failure) = dumped {
        // Half a dump is no backup; nothing of it stays.
        let _ = std::fs::remove_file(&part);
        return Err(failure.into());
    }
    let handle = std::fs::File::open(&part).map_err(ApplyError::io("opening", &part))?;
    for_its_owner_alone(&handle).map_err(ApplyError::io("protecting", &part))?;
    handle.sync_all().map_err(ApplyError::io("flushing", &part))?;
    std::fs::rename(&part, &path).map_err(ApplyError::io("renaming", &part))?;
    file::sync_folder(folder).map_err(ApplyError::io("flushing", folder))?;
    let (sha256, size) = measure(&path)?;
    let version = tool::run("pg_dump --version", Command::new(&pg_dump).arg("--version"), interrupt)?;
    let backup = Backup {
        format: FORMAT,
        file: name,
        size,
        sha256,
        started_at: started.to_string(),
        finished_at: crate::base::clock::now().to_string(),
        entries: contents(&path, identity.server_version_num, discovery, interrupt)?,
        client_version: String::from_utf8_lossy(&version).trim().to_owned(),
        server_version_num: identity.server_version_num,
        system_identifier: identity.system_identifier.clone(),
        database: identity.database.clone(),
        database_oid: identity.database_oid,
    };
    let record = serde_json::to_vec_pretty(&backup).map_err(ApplyError::encode)?;
    file::write(&folder.join("backup.json"), &record).map_err(ApplyError::io("writing", folder))?;
    Ok(backup)
}

/// A dump holds the rows of the target: nobody else reads it.
#[cfg(unix)]
fn for_its_owner_alone(file: &std::fs::File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(std::fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
fn for_its_owner_alone(_: &std::fs::File) -> std::io::Result<()> {
    Ok(())
}

/// A client program that reaches the same server: same host, same database, nothing else of the caller's environment.
fn client(program: &Path, identity: &Identity, settings: &Settings) -> Result<Command, ApplyError> {
    let host = settings
        .hosts()
        .iter()
        .find(|host| host.name == identity.host && host.port == identity.port)
        .ok_or(ApplyError::Backup { problem: "the host that answered is not one of the target's".into() })?;
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PG") {
            command.env_remove(name);
        }
    }
    command.envs(settings.client_environment(host)).env("PGAPPNAME", "pgwarrant");
    Ok(command)
}

fn measure(path: &Path) -> Result<(Digest, u64), ApplyError> {
    std::fs::File::open(path).and_then(|mut file| Digest::of_reader(&mut file)).map_err(ApplyError::io("reading", path))
}

/// Reads the dump's table of contents: a file that `pg_restore` cannot list could not be restored either.
fn contents(
    path: &Path,
    server: ServerVersion,
    discovery: &Discovery,
    interrupt: &Interrupt,
) -> Result<u64, ApplyError> {
    let pg_restore = discovery.tool("pg_restore", server.major())?;
    let list = tool::run("pg_restore --list", Command::new(pg_restore).arg("--list").arg(path), interrupt)?;
    let entries =
        String::from_utf8_lossy(&list).lines().filter(|line| !line.starts_with(';') && !line.is_empty()).count();
    Ok(entries as u64)
}

/// Reads a record and checks the dump beside it again.
pub fn read(record: &Path) -> Result<(Backup, PathBuf), ApplyError> {
    let bytes = std::fs::read(record).map_err(|failure| match failure.kind() {
        std::io::ErrorKind::NotFound => ApplyError::NoBackup { problem: format!("there is no {}", record.display()) },
        _ => ApplyError::io("reading", record)(failure),
    })?;
    let backup: Backup = serde_json::from_slice(&bytes)
        .map_err(|failure| ApplyError::Backup { problem: format!("its record: {failure}") })?;
    let name =
        Path::new(&backup.file).file_name().ok_or(ApplyError::Backup { problem: "its record names no file".into() })?;
    let path = file::folder_of(record).join(name);
    Ok((backup, path))
}

/// Everything a backup has to be, as checks; the first that fails stops the apply.
pub fn checks(
    backup: &Backup,
    path: &Path,
    identity: &Identity,
    max_age_seconds: i64,
    now: jiff::Timestamp,
    discovery: &Discovery,
    interrupt: &Interrupt,
) -> Result<Vec<Check>, ApplyError> {
    let found = if path.is_file() { Some(measure(path)?) } else { None };
    let (sha256, size) = match &found {
        Some((digest, size)) => (digest.to_string(), *size),
        None => ("no file".to_owned(), 0),
    };
    let started: jiff::Timestamp = backup
        .started_at
        .parse()
        .map_err(|_| ApplyError::Backup { problem: format!("\"{}\" is not a time", backup.started_at) })?;
    let age = now.as_second() - started.as_second();
    // A dump that is not the recorded one is not worth reading.
    let entries = if sha256 == backup.sha256.as_str() {
        contents(path, identity.server_version_num, discovery, interrupt)?
    } else {
        0
    };
    let client = backup.client_version.split_whitespace().find_map(|word| word.split('.').next()?.parse::<u32>().ok());
    let identifier = |value: &Option<String>| value.clone().unwrap_or_else(|| "unproven".into());
    Ok(vec![
        Check::equal("B-1", "the dump is the file that was recorded (sha256)", &backup.sha256, sha256),
        Check::equal("B-2", "the dump has the size that was recorded", backup.size, size),
        Check::decided(
            "B-3",
            "the dump is fresh, counted from its start",
            format!("at most {max_age_seconds} s"),
            format!("{age} s"),
            (0..=max_age_seconds).contains(&age),
        ),
        Check::decided(
            "B-4",
            "pg_restore lists the dump",
            "at least 1 entry",
            format!("{entries} entries"),
            entries > 0,
        ),
        Check::equal("B-5", "the dump is of this database", identity.database_oid, backup.database_oid),
        Check::equal(
            "B-6",
            "the dump is of this server",
            identifier(&identity.system_identifier),
            identifier(&backup.system_identifier),
        ),
        Check::decided(
            "B-7",
            "pg_dump is not older than the server",
            format!("major {} or later", identity.server_version_num.major()),
            &backup.client_version,
            client.is_some_and(|major| major >= identity.server_version_num.major()),
        ),
    ])
}

/// Where backups taken beside a run are kept, under the package's runs.
const BACKUPS: &str = "backups";

/// Takes a backup for a package without running it: the dump and, beside it, the record whose path is given back.
pub fn take_for(
    package: &crate::package::Package,
    target: &str,
    environment: &crate::pg::Environment,
    discovery: &Discovery,
    interrupt: &Interrupt,
) -> Result<(Backup, PathBuf), ApplyError> {
    use crate::pg::{Patience, Purpose, Session};
    let settings = Settings::resolve(target, environment)?;
    let mut session = Session::connect(&settings, environment, Purpose::Look, Patience::LOOKING, interrupt)?;
    let identity = Identity::read(&mut session)?;
    let stamp = crate::base::clock::now().strftime("%Y%m%dT%H%M%SZ").to_string();
    let folder = package.runs().join(BACKUPS).join(stamp);
    std::fs::create_dir_all(&folder).map_err(ApplyError::io("making", &folder))?;
    let backup = take(&folder, &identity, &settings, discovery, interrupt)?;
    Ok((backup, folder.join("backup.json")))
}
