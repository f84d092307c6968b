//! Which server, which database, as whom: proven on the very connection that acts.

use serde::{Deserialize, Serialize};

use super::{PgError, Row, Session, Transport};
use crate::base::ServerVersion;

/// A target as its own connection sees it. A system identifier alone proves nothing: clones and standbys share it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    pub host: String,
    pub port: u16,
    pub transport: Transport,
    pub database: String,
    pub database_oid: u32,
    /// Absent where the role may not read it: unproven, never assumed.
    pub system_identifier: Option<String>,
    pub timeline: Option<i32>,
    pub server_version_num: ServerVersion,
    pub server_version: String,
    /// What the site calls this server; empty where it gave it no name. Only a start of the server sets it.
    pub cluster_name: String,
    pub in_recovery: bool,
    pub read_only: bool,
    pub session_user: String,
    pub current_user: String,
    pub superuser: bool,
    pub backend_pid: i32,
    /// When the server was started, in microseconds since 1970: tells a restart between two looks.
    pub started_us: i64,
}

impl Identity {
    /// The first fact by which another look was at another database: field, then, now.
    pub fn differs(&self, now: &Self) -> Option<(&'static str, String, String)> {
        let identifier = |of: &Self| of.system_identifier.clone().unwrap_or_else(|| "unproven".into());
        let major = |of: &Self| of.server_version_num.major().to_string();
        [
            ("system identifier", identifier(self), identifier(now)),
            ("database", self.database.clone(), now.database.clone()),
            ("database oid", self.database_oid.to_string(), now.database_oid.to_string()),
            ("server major", major(self), major(now)),
        ]
        .into_iter()
        .find(|(_, then, now)| then != now)
    }

    /// Reads it. Every name is qualified, so nothing planted in the search path can answer for the server.
    pub fn read(session: &mut Session) -> Result<Self, PgError> {
        let row = one(session.query_again(
            "SELECT pg_catalog.current_database()::text, d.oid, pg_catalog.current_setting('server_version'), \
                    pg_catalog.pg_is_in_recovery(), pg_catalog.current_setting('transaction_read_only') = 'on', \
                    session_user::text, current_user::text, r.rolsuper, pg_catalog.pg_backend_pid(), \
                    (pg_catalog.date_part('epoch', pg_catalog.pg_postmaster_start_time()) OPERATOR(pg_catalog.*) 1000000)::int8, \
                    (SELECT pg_catalog.bool_and(pg_catalog.has_function_privilege(f, 'EXECUTE')) FROM pg_catalog.unnest(ARRAY[ \
                       'pg_catalog.pg_control_system()', 'pg_catalog.pg_control_checkpoint()', \
                       'pg_catalog.pg_current_wal_lsn()', 'pg_catalog.pg_walfile_name(pg_catalog.pg_lsn)']) f), \
                    pg_catalog.current_setting('cluster_name') \
             FROM pg_catalog.pg_database d, pg_catalog.pg_roles r \
             WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database() \
               AND r.rolname OPERATOR(pg_catalog.=) current_user",
        )?)?;
        let may_read_control: bool = row.try_get(10)?;
        let (system_identifier, timeline) = if may_read_control {
            let control = one(session.query_again(
                // The control file learns of a promotion only with the next checkpoint; what is written now, at once.
                "SELECT s.system_identifier::text, \
                        CASE WHEN pg_catalog.pg_is_in_recovery() THEN c.timeline_id \
                             ELSE ('x' || pg_catalog.substr(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 1, 8))\
                                  ::pg_catalog.bit(32)::int4 END \
                 FROM pg_catalog.pg_control_system() s, pg_catalog.pg_control_checkpoint() c",
            )?)?;
            (Some(control.try_get(0)?), Some(control.try_get(1)?))
        } else {
            (None, None)
        };
        Ok(Self {
            host: session.host().name.clone(),
            port: session.host().port,
            transport: session.transport(),
            database: row.try_get(0)?,
            database_oid: row.try_get(1)?,
            system_identifier,
            timeline,
            server_version_num: session.version(),
            server_version: row.try_get(2)?,
            cluster_name: row.try_get(11)?,
            in_recovery: row.try_get(3)?,
            read_only: row.try_get(4)?,
            session_user: row.try_get(5)?,
            current_user: row.try_get(6)?,
            superuser: row.try_get(7)?,
            backend_pid: row.try_get(8)?,
            started_us: row.try_get(9)?,
        })
    }
}

fn one(mut rows: Vec<Row>) -> Result<Row, PgError> {
    let row = rows.pop().filter(|_| rows.is_empty());
    row.ok_or_else(|| PgError::Decode { problem: "not one row says which server this is".to_owned() })
}
