//! One connection with pinned settings.

use postgres::types::ToSql;
use postgres::{Client, NoTls, Row};

use super::PgError;
use crate::base::ServerVersion;

/// A session on one server.
pub struct Session {
    client: Client,
    version: ServerVersion,
}

impl Session {
    /// Connects over a Unix socket or plain TCP, for tests: no TLS, no libpq conventions.
    pub fn connect_plainly(conninfo: &str) -> Result<Self, PgError> {
        let mut client = Client::connect(conninfo, NoTls).map_err(|source| PgError::Connect { source })?;
        let row = client
            .query_one("SELECT pg_catalog.current_setting('server_version_num')::int4", &[])
            .map_err(|source| PgError::Query { source })?;
        let number: i32 = row.get(0);
        Ok(Self { client, version: ServerVersion(number.unsigned_abs()) })
    }

    pub fn version(&self) -> ServerVersion {
        self.version
    }

    /// Runs one of our own fixed queries.
    pub fn query(&mut self, sql: &str, parameters: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, PgError> {
        self.client.query(sql, parameters).map_err(|source| PgError::Query { source })
    }

    /// Sends one statement, alone in one extended-protocol message.
    pub fn execute(&mut self, statement: &str) -> Result<u64, PgError> {
        self.client.execute(statement, &[]).map_err(|source| PgError::Query { source })
    }
}
