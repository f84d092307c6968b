//! What became of a transaction. The driver's `commit()` says Ok for a rolled-back one, and `pg_xact_status` says
//! committed for a transaction id that a crash lost and somebody else got: so the id is made durable before anything is
//! done under it, and the answer is always asked for on a connection of its own.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::catalog::{Address, Catalog};
use crate::pg::{PgError, Session};

/// A transaction id with its epoch, as the server writes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransactionId(pub String);

impl TransactionId {
    /// Takes the id of the open transaction.
    pub fn take(session: &mut Session) -> Result<Self, PgError> {
        Ok(Self(session.query_one("SELECT pg_catalog.pg_current_xact_id()::text", &[])?.try_get(0)?))
    }

    /// The id the session's open transaction has now; none after a hidden COMMIT or ROLLBACK.
    pub fn current(session: &mut Session) -> Result<Option<Self>, PgError> {
        let id: Option<String> =
            session.query_one("SELECT pg_catalog.pg_current_xact_id_if_assigned()::text", &[])?.try_get(0)?;
        Ok(id.map(Self))
    }

    pub fn number(&self) -> Result<u64, PgError> {
        self.0.parse().map_err(|_| PgError::Decode { problem: format!("{} is not a transaction id", self.0) })
    }

    /// The low 32 bits: what `xmin` holds.
    pub fn low(&self) -> Result<u32, PgError> {
        Ok(u32::try_from(self.number()? & 0xffff_ffff).unwrap_or_default())
    }
}

/// Makes a transaction id durable: another connection commits something that writes WAL, and a commit flushes all WAL
/// before it. Only the local flush matters, so no standby is waited for. Without this, a crash could lose the id and the server could give it to someone else.
pub fn make_durable(session: &mut Session, note: &str) -> Result<String, PgError> {
    session.execute("SET synchronous_commit = local")?;
    let lsn = session.query_one("SELECT pg_catalog.pg_logical_emit_message(true, 'pgwarrant', $1)::text", &[&note])?;
    Ok(lsn.try_get(0)?)
}

/// What the server knows about a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fate {
    Committed,
    Aborted,
    /// The id lies in the future of this server: a crash lost it together with all it did.
    Lost,
    /// Too old for the server to know: only the catalog can tell.
    Forgotten,
}

impl Fate {
    pub fn is_committed(self) -> bool {
        self == Self::Committed
    }
}

/// Asks until there is an answer. `in progress` is none: a backend whose client is gone may hold an unread COMMIT in its
/// socket, so it is ended by pid and start time, and asked again.
pub fn resolve(
    session: &mut Session,
    id: &TransactionId,
    backend: Option<&Backend>,
    patience: Duration,
) -> Result<Option<Fate>, PgError> {
    let deadline = Instant::now() + patience;
    loop {
        match status(session, id)? {
            Some(fate) => return Ok(Some(fate)),
            None if Instant::now() > deadline => return Ok(None),
            None => {
                if let Some(backend) = backend {
                    backend.end(session)?;
                }
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }
}

/// The objects whose rows in the catalog bear the id, by address: what a transaction left that was committed.
pub fn written_by(session: &mut Session, id: &TransactionId) -> Result<Vec<Address>, PgError> {
    let catalogs = session.query(
        "SELECT c.relname::text FROM pg_catalog.pg_class c WHERE c.relnamespace = 'pg_catalog'::pg_catalog.regnamespace \
         AND c.relkind = 'r' AND pg_catalog.has_table_privilege(c.oid, 'SELECT') \
         AND EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'oid')",
        &[],
    )?;
    let ours = "WHERE r.xmin = $1::text::pg_catalog.xid";
    let mut parts = vec![
        format!("SELECT 'pg_class'::text, r.attrelid, 0 FROM pg_catalog.pg_attribute r {ours}"),
        format!(
            "SELECT c.relname::text, r.objoid, r.objsubid FROM pg_catalog.pg_description r \
             JOIN pg_catalog.pg_class c ON c.oid = r.classoid {ours}"
        ),
    ];
    for row in &catalogs {
        let name: String = row.try_get(0)?;
        parts.push(format!("SELECT '{name}'::text, r.oid, 0 FROM pg_catalog.{name} r {ours}"));
    }
    let rows = session.query(&parts.join(" UNION "), &[&id.low()?.to_string()])?;
    let mut addresses = Vec::new();
    for row in &rows {
        // No address names a row of another catalog.
        if let Some(class) = Catalog::find(row.try_get(0)?) {
            addresses.push(Address::of(class, row.try_get(1)?, row.try_get(2)?));
        }
    }
    Ok(addresses)
}

fn status(session: &mut Session, id: &TransactionId) -> Result<Option<Fate>, PgError> {
    match session.query_one(&format!("SELECT pg_catalog.pg_xact_status('{}'::xid8)", id.number()?), &[]) {
        Ok(row) => {
            let status: Option<String> = row.try_get(0)?;
            Ok(match status.as_deref() {
                Some("committed") => Some(Fate::Committed),
                Some("aborted") => Some(Fate::Aborted),
                Some(_) => None,
                None => Some(Fate::Forgotten),
            })
        }
        // "transaction ID ... is in the future"
        Err(failure) if failure.sqlstate() == Some("22023") => Ok(Some(Fate::Lost)),
        Err(failure) => Err(failure),
    }
}

/// A server process, told from a later one with the same pid by its start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backend {
    pub pid: i32,
    /// As the server writes it.
    pub started: String,
}

impl Backend {
    pub fn of(session: &mut Session) -> Result<Self, PgError> {
        let row = session.query_one(
            "SELECT pid, backend_start::text FROM pg_catalog.pg_stat_activity WHERE pid = pg_catalog.pg_backend_pid()",
            &[],
        )?;
        Ok(Self { pid: row.try_get(0)?, started: row.try_get(1)? })
    }

    /// Ends it, if it is still there.
    pub fn end(&self, session: &mut Session) -> Result<(), PgError> {
        session.query(
            "SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity \
             WHERE pid = $1 AND backend_start::text = $2",
            &[&self.pid, &self.started],
        )?;
        Ok(())
    }
}
