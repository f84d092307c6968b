//! A dump restored for proof: into a cluster of its own, whose catalog then has to be the target's.

use std::path::Path;
use std::process::Command;

use super::ApplyError;
use crate::base::{Check, Interrupt, quote_ident};
use crate::catalog::Snapshot;
use crate::cluster::{ClusterError, Discovery, EphemeralCluster, tool};
use crate::delta::Delta;
use crate::pg::{Identity, PgError, Purpose, Session};
use crate::rehearsal::base::{copy_roles, require_extension};

/// Restores the dump with its rows, and compares the catalog (fingerprint) with the target's, which the session reads.
pub fn restored(
    dump: &Path,
    session: &mut Session,
    identity: &Identity,
    discovery: &Discovery,
    interrupt: &Interrupt,
) -> Result<Check, ApplyError> {
    let snapshot = Snapshot::begin(session)?;
    let bootstrap: String =
        session.query_one("SELECT pg_catalog.pg_get_userbyid(10)::text", &[])?.try_get(0).map_err(PgError::from)?;
    let owner: String = session
        .query_one(
            "SELECT pg_catalog.pg_get_userbyid(d.datdba)::text FROM pg_catalog.pg_database d \
             WHERE d.datname = pg_catalog.current_database()",
            &[],
        )?
        .try_get(0)
        .map_err(PgError::from)?;
    let server = discovery.choose(Some(identity.server_version_num.major()))?;
    for key in snapshot.objects.keys().filter(|key| key.kind == "extension") {
        key.path.iter().try_for_each(|name| require_extension(name, &server))?;
    }
    let mut cluster = EphemeralCluster::start_named(&bootstrap, &server, interrupt)?;
    let mut admin = cluster.session("postgres", Purpose::Change)?;
    copy_roles(session, &mut admin, &snapshot, &owner)?;
    session.execute("ROLLBACK")?;
    // Not under its own name: a database of that name may be there from the start.
    let database = "pgwarrant_restored";
    admin.execute(&format!("CREATE DATABASE {database} OWNER {} TEMPLATE template0", quote_ident(&owner)))?;
    let mut command = Command::new(discovery.tool("pg_restore", identity.server_version_num.major())?);
    tool::without_pg_variables(&mut command);
    command.args(["--exit-on-error", "--dbname", &cluster.conninfo(database)?]).arg(dump);
    tool::run("pg_restore", &mut command, interrupt).map_err(|failure| match failure {
        ClusterError::Tool { output, .. } => ApplyError::Backup { problem: format!("it cannot be restored: {output}") },
        other => other.into(),
    })?;
    let mut fresh = cluster.session(database, Purpose::Look)?;
    let restored = Snapshot::begin(&mut fresh)?;
    fresh.execute("ROLLBACK")?;
    drop((fresh, admin));
    cluster.stop()?;
    let (snapshot, restored) = (snapshot.as_dumped(&restored), restored.as_dumped(&snapshot));
    let check = Check::equal(
        "B-9",
        "restored with its rows into a cluster of its own, the dump gives the target's catalog (fingerprint)",
        snapshot.fingerprint(),
        restored.fingerprint(),
    );
    Ok(if check.passed() { check } else { check.because(Delta::between(&snapshot, &restored).to_text()) })
}
