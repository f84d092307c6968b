//! What a dump says of itself, and whether it can be read to its end: a record beside it is only what somebody wrote.

use std::path::Path;
use std::process::Command;

use super::ApplyError;
use crate::base::{Interrupt, ServerVersion};
use crate::cluster::{ClusterError, Discovery, tool};

/// The head of a custom-format dump, as `pg_restore --list` writes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Archive {
    pub entries: u64,
    pub database: String,
    /// Where the clocks of dump and reader are both UTC; a dump knows no time zone.
    pub created: Option<jiff::Timestamp>,
    /// Of the server, and of the `pg_dump` that wrote it.
    pub server_version: String,
    pub client_version: String,
}

impl Archive {
    /// A file that `pg_restore` cannot list could not be restored either.
    pub fn read(
        path: &Path,
        server: ServerVersion,
        discovery: &Discovery,
        interrupt: &Interrupt,
    ) -> Result<Self, ApplyError> {
        let list = restore(&["--list"], path, server, discovery, interrupt)?;
        Ok(Self::of_list(&String::from_utf8_lossy(&list)))
    }

    fn of_list(list: &str) -> Self {
        let said = |name: &str| {
            let mut lines = list.lines().take_while(|line| line.starts_with(';'));
            let text = lines.find_map(|line| line.trim_start_matches([';', ' ']).strip_prefix(name));
            text.unwrap_or_default().trim().to_owned()
        };
        let created = said("Archive created at ");
        let created = created.strip_suffix(" UTC").and_then(|at| format!("{at}Z").replacen(' ', "T", 1).parse().ok());
        Self {
            entries: list.lines().filter(|line| !line.starts_with(';') && !line.is_empty()).count() as u64,
            database: said("dbname:"),
            created,
            server_version: said("Dumped from database version:"),
            client_version: said("Dumped by pg_dump version:"),
        }
    }

    /// The contents stand at its start: only whoever reads the rows too knows that the file is whole.
    pub fn read_to_its_end(
        path: &Path,
        server: ServerVersion,
        discovery: &Discovery,
        interrupt: &Interrupt,
    ) -> Result<(), ApplyError> {
        restore(&["--file=/dev/null"], path, server, discovery, interrupt).map(drop)
    }
}

fn restore(
    arguments: &[&str],
    path: &Path,
    server: ServerVersion,
    discovery: &Discovery,
    interrupt: &Interrupt,
) -> Result<Vec<u8>, ApplyError> {
    let program = discovery.tool("pg_restore", server.major())?;
    let mut command = Command::new(program);
    command.env("TZ", "UTC").env("LC_ALL", "C").args(arguments).arg(path);
    tool::run("pg_restore", &mut command, interrupt).map_err(|failure| match failure {
        ClusterError::Tool { output, .. } => ApplyError::Backup { problem: output },
        other => other.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::Archive;

    #[test]
    fn the_head_of_a_list_is_read_and_nothing_below_it() {
        let list = ";\n; Archive created at 2026-11-22 02:28:03 UTC\n;     dbname: shop\n;     Dumped from database version: 18.1\n\
                    ;     Dumped by pg_dump version: 18.1\n;\n\n7; 2615 1 SCHEMA - app builder\n; dbname: other\n";
        let archive = Archive::of_list(list);
        assert_eq!((archive.entries, archive.database.as_str()), (1, "shop"));
        assert_eq!(archive.created, "2026-11-22T02:28:03Z".parse().ok());
        assert_eq!((archive.server_version.as_str(), archive.client_version.as_str()), ("18.1", "18.1"));
        assert_eq!(Archive::of_list("; Archive created at 2026-11-22 02:28:03 CET").created, None);
    }
}
