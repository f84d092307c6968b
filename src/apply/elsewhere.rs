//! Backups made by other means (a base backup, a snapshot of the storage): accepted as evidence only with what they are
//! (sha256), when they began, whose they are, and a command that verifies them now.

use std::path::Path;
use std::process::Command;

use serde::{Deserialize, Serialize};

use super::ApplyError;
use super::backup::{FORMAT, age};
use crate::base::{Check, Digest, Interrupt, keeper};
use crate::cluster::{ClusterError, tool};
use crate::pg::Identity;

/// The record of a backup that pgwarrant did not make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Elsewhere {
    pub format: u32,
    /// For people: what it is, and where.
    pub description: String,
    pub sha256: Digest,
    /// UTC, RFC 3339: the instant the backup shows is not earlier.
    pub started_at: String,
    pub system_identifier: String,
    pub database: String,
    /// The program by its full path, and its arguments. No shell. It has to end with status 0 and to print the sha256.
    pub verify: Vec<String>,
}

/// The record names a program that is run: nobody else may be able to write either, and a package brings none.
pub fn keeps_its_record(record: &Path, package: &Path) -> Result<(), ApplyError> {
    let refuse =
        |problem: String| ApplyError::Backup { problem: format!("its record {}: {problem}", record.display()) };
    let real = record.canonicalize().map_err(|failure| refuse(failure.to_string()))?;
    if package.canonicalize().is_ok_and(|package| real.starts_with(package)) {
        return Err(refuse("it names a command, and lies in the package".into()));
    }
    keeper::within_reach(&real).map(drop).map_err(refuse)
}

impl Elsewhere {
    /// Everything it has to be, as checks. The command is run last.
    pub fn checks(
        &self,
        identity: &Identity,
        max_age_seconds: i64,
        now: jiff::Timestamp,
        interrupt: &Interrupt,
    ) -> Result<Vec<Check>, ApplyError> {
        let identifier = identity.system_identifier.clone().unwrap_or_else(|| "unproven".into());
        let mut checks = vec![
            Check::equal("B-0", "the record has this format", FORMAT, self.format),
            age(&self.started_at, max_age_seconds, now)?,
            Check::equal("B-5", "the backup is of this database", &identity.database, &self.database),
            Check::equal("B-6", "the backup is of this server", identifier, &self.system_identifier),
        ];
        if checks.iter().all(Check::passed) {
            let observed = self.verified(interrupt)?;
            let verified = observed.split(|c: char| !c.is_ascii_hexdigit()).any(|word| word == self.sha256.as_str());
            let observed = if verified { self.sha256.to_string() } else { "an output without it".to_owned() };
            checks.push(Check::equal(
                "B-1",
                "the command that verifies the backup prints its sha256",
                &self.sha256,
                observed,
            ));
        }
        Ok(checks)
    }

    fn verified(&self, interrupt: &Interrupt) -> Result<String, ApplyError> {
        let refuse = |problem: String| ApplyError::Backup { problem };
        let program = self.verify.first().map(Path::new).filter(|program| program.is_absolute());
        let program = program.ok_or_else(|| refuse("no program, by its full path, verifies it".into()))?;
        let real = program.canonicalize().map_err(|failure| refuse(format!("{}: {failure}", program.display())))?;
        keeper::within_reach(&real).map_err(|problem| refuse(format!("{}: {problem}", program.display())))?;
        let mut command = Command::new(program);
        tool::without_pg_variables(&mut command);
        match tool::run("the command that verifies the backup", command.args(&self.verify[1..]), interrupt) {
            Ok(output) => Ok(String::from_utf8_lossy(&output).into_owned()),
            Err(ClusterError::Tool { tool, status, output }) => {
                Err(refuse(format!("{tool} failed with {status}: {output}")))
            }
            Err(other) => Err(other.into()),
        }
    }
}
