//! The backup: a custom-format `pg_dump`, hashed, measured, and read back with `pg_restore`. Declared is not enough; its
//! age counts from the dump's start, because that is the instant it shows.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde::{Deserialize, Serialize};

use super::ApplyError;
use super::archive::Archive;
use super::elsewhere::Elsewhere;
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

/// What a run relies on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Evidence {
    Dump(Backup),
    Elsewhere(Elsewhere),
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
    command.env("TZ", "UTC").args(["--format=custom", "--no-password", "--file"]).arg(&part);
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
        entries: Archive::read(&path, identity.server_version_num, discovery, interrupt)?.entries,
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
    tool::without_pg_variables(&mut command);
    command.envs(settings.client_environment(host)).env("PGAPPNAME", "pgwarrant");
    Ok(command)
}

fn measure(path: &Path) -> Result<(Digest, u64), ApplyError> {
    std::fs::File::open(path).and_then(|mut file| Digest::of_reader(&mut file)).map_err(ApplyError::io("reading", path))
}

/// Reads a record; of a dump, with the file beside it.
pub fn read(record: &Path) -> Result<(Evidence, PathBuf), ApplyError> {
    let bytes = std::fs::read(record).map_err(|failure| match failure.kind() {
        std::io::ErrorKind::NotFound => ApplyError::NoBackup { problem: format!("there is no {}", record.display()) },
        _ => ApplyError::io("reading", record)(failure),
    })?;
    let unreadable = |failure: serde_json::Error| ApplyError::Backup { problem: format!("its record: {failure}") };
    let document: serde_json::Value = serde_json::from_slice(&bytes).map_err(unreadable)?;
    if document.get("verify").is_some() {
        let elsewhere = serde_json::from_value(document).map_err(unreadable)?;
        return Ok((Evidence::Elsewhere(elsewhere), record.to_owned()));
    }
    let backup: Backup = serde_json::from_value(document).map_err(unreadable)?;
    let name =
        Path::new(&backup.file).file_name().ok_or(ApplyError::Backup { problem: "its record names no file".into() })?;
    let path = file::folder_of(record).join(name);
    Ok((Evidence::Dump(backup), path))
}

fn instant(text: &str) -> Result<jiff::Timestamp, ApplyError> {
    text.parse().map_err(|_| ApplyError::Backup { problem: format!("\"{text}\" is not a time") })
}

/// A backup shows the instant it began, or a later one.
pub(super) fn age(started_at: &str, max_age_seconds: i64, now: jiff::Timestamp) -> Result<Check, ApplyError> {
    let age = now.as_second() - instant(started_at)?.as_second();
    Ok(Check::decided(
        "B-3",
        "the backup is fresh, counted from its start",
        format!("at most {max_age_seconds} s"),
        format!("{age} s"),
        (0..=max_age_seconds).contains(&age),
    ))
}

/// Everything a dump has to be, as checks; the first that fails stops the apply.
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
    // A dump that is not the recorded one is not worth reading.
    let archive = if sha256 == backup.sha256.as_str() {
        Archive::read(path, identity.server_version_num, discovery, interrupt)?
    } else {
        Archive::default()
    };
    let identifier = |value: &Option<String>| value.clone().unwrap_or_else(|| "unproven".into());
    // A dump keeps whole seconds of its own clock.
    let (from, to) = (instant(&backup.started_at)?.as_second() - 1, instant(&backup.finished_at)?.as_second() + 1);
    let created = archive.created.map_or_else(|| "another time zone than UTC".to_owned(), |at| at.to_string());
    Ok(vec![
        Check::equal("B-1", "the dump is the file that was recorded (sha256)", &backup.sha256, sha256),
        Check::equal("B-2", "the dump has the size that was recorded", backup.size, size),
        age(&backup.started_at, max_age_seconds, now)?,
        Check::decided(
            "B-4",
            "pg_restore lists the dump",
            "at least 1 entry",
            format!("{} entries", archive.entries),
            archive.entries > 0,
        ),
        Check::equal(
            "B-5",
            "the dump is of this database",
            format!("{} ({})", identity.database, identity.database_oid),
            format!("{} ({})", archive.database, backup.database_oid),
        ),
        Check::equal(
            "B-6",
            "the dump is of this server",
            identifier(&identity.system_identifier),
            identifier(&backup.system_identifier),
        ),
        Check::decided(
            "B-7",
            "pg_dump was not older than the server",
            format!("major {} or later", identity.server_version_num.major()),
            format!("pg_dump {} of a server {}", archive.client_version, archive.server_version),
            major(&archive.client_version).is_some_and(|major| major >= identity.server_version_num.major())
                && major(&archive.server_version) == Some(identity.server_version_num.major()),
        ),
        Check::decided(
            "B-8",
            "the dump says itself that it was begun then",
            format!("{} to {}", backup.started_at, backup.finished_at),
            created,
            archive.created.is_some_and(|at| (from..=to).contains(&at.as_second())),
        ),
    ])
}

fn major(version: &str) -> Option<u32> {
    let digits: String = version.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// Where backups taken beside a run are kept, under the package's runs.
const BACKUPS: &str = "backups";

/// A folder that nobody else has: of two backups in one second, none takes the other's place.
fn new_folder(among: &Path, stamp: &str) -> Result<PathBuf, ApplyError> {
    std::fs::create_dir_all(among).map_err(ApplyError::io("making", among))?;
    let names = std::iter::once(stamp.to_owned()).chain((2..).map(|number| format!("{stamp}-{number}")));
    for folder in names.map(|name| among.join(name)) {
        match std::fs::create_dir(&folder) {
            Err(failure) if failure.kind() == std::io::ErrorKind::AlreadyExists => {}
            made => return made.map(|()| folder.clone()).map_err(ApplyError::io("making", &folder)),
        }
    }
    unreachable!("numbers do not end")
}

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
    let folder = new_folder(&package.runs().join(BACKUPS), &stamp)?;
    let backup = take(&folder, &identity, &settings, discovery, interrupt)?;
    Ok((backup, folder.join("backup.json")))
}
