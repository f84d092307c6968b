//! One connection with pinned settings.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::RecvTimeoutError;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use postgres::Row;
use postgres::config::SslMode as DriverSslMode;
use postgres::types::{ToSql, Type};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use tokio_postgres::error::DbError;
use tokio_postgres::{CancelToken, Client, RowStream, Statement};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::pins::{self, Purpose};
use super::pipeline::{self, Answered};
use super::settings::{Host, SessionAttrs, Settings, SslMode};
use super::wire::{Seen, Wire, cancel_this_turn, greet, send_cancel};
use super::{Environment, PgError, tls};
use crate::base::ServerVersion;
use crate::base::interrupt::{Interrupt, Registration};

/// What protects a connection from others on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Transport {
    UnixSocket,
    /// TLS, the chain and the server's name proven.
    VerifyFull,
    /// TLS, the chain proven.
    VerifyCa,
    /// TLS, the server not proven.
    Encrypted,
    Plain,
}

/// How long things may take.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    pub statement_ms: u64,
    pub lock_ms: u64,
}

impl Patience {
    /// How long a lock is waited for.
    pub const fn lock(self) -> Duration {
        Duration::from_millis(self.lock_ms)
    }

    /// Catalog queries: long enough for large catalogs, short enough to notice a stuck server.
    pub const LOOKING: Self = Self { statement_ms: 120_000, lock_ms: 10_000 };
    /// A change: a queued lock request blocks every later reader, so waiting for one is short.
    pub const CHANGING: Self = Self { statement_ms: 0, lock_ms: 3_000 };
}

/// How long a look after another session may take, in milliseconds.
const LOOK_MS: u64 = 5_000;

type Notices = Arc<Mutex<Vec<Notice>>>;

/// A message the server sent beside its answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    pub severity: String,
    pub sqlstate: String,
    pub message: String,
}

/// A session on one server. Dropping it closes the connection and with it any open transaction.
pub struct Session {
    wire: Wire,
    /// How another connection would get there; none for such another one.
    way: Option<Way>,
    version: ServerVersion,
    transport: Transport,
    host: Host,
    backend_pid: i32,
    notices: Notices,
    interrupt: Interrupt,
    cancel: Option<CancelToken>,
    tls: MakeRustlsConnect,
    registration: Option<Registration>,
    /// Counts the beginnings and the ends of statements: odd while one runs.
    turns: Arc<AtomicU64>,
    /// What the server keeps the plans of, by the query; none where it keeps none.
    planned: Option<FxHashMap<String, Statement>>,
}

/// Whether a query may be asked again, word for word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    Once,
    Again,
}

/// The way of a session, for another one that looks after it.
#[derive(Clone)]
struct Way {
    settings: Settings,
    environment: Environment,
    started: String,
}

impl Session {
    /// Connects by the settings, trying each host in turn, with every pin set and read back.
    pub fn connect(
        settings: &Settings,
        environment: &Environment,
        purpose: Purpose,
        patience: Patience,
        interrupt: &Interrupt,
    ) -> Result<Self, PgError> {
        let options = pins::options(settings.parameter("options"), purpose, patience.statement_ms, patience.lock_ms);
        let connector = tls::connector(settings, environment)?;
        let mut failures = Vec::new();
        let mut sqlstate = None;
        let mut fallback = None;
        for host in ordered(settings)? {
            if interrupt.is_set() {
                return Err(PgError::Interrupted);
            }
            match Self::open(settings, environment, &host, &options, &connector, interrupt) {
                Ok((mut session, shown)) => {
                    if session.suits(settings.session_attrs)? {
                        pins::compare(session.version, &shown)?;
                        return Ok(session);
                    }
                    if settings.session_attrs == SessionAttrs::PreferStandby && fallback.is_none() {
                        fallback = Some((session, shown));
                    }
                }
                Err(PgError::Interrupted) => return Err(PgError::Interrupted),
                Err(failure) => {
                    sqlstate = sqlstate.or_else(|| failure.sqlstate().map(str::to_owned));
                    failures.push(format!("{}:{}: {failure}", host.name, host.port));
                }
            }
        }
        if let Some((session, shown)) = fallback {
            pins::compare(session.version, &shown)?;
            return Ok(session);
        }
        if failures.is_empty() {
            let wanted = match settings.session_attrs {
                SessionAttrs::ReadWrite => "open for writing",
                SessionAttrs::ReadOnly => "read-only",
                SessionAttrs::Primary => "a primary",
                _ => "a standby",
            };
            return Err(PgError::WrongKindOfServer { target: settings.to_string(), wanted });
        }
        Err(PgError::Connect { target: settings.to_string(), problem: failures.join("; "), sqlstate })
    }

    /// A session, and what it shows of the pinned settings.
    fn open(
        settings: &Settings,
        environment: &Environment,
        host: &Host,
        options: &str,
        connector: &MakeRustlsConnect,
        interrupt: &Interrupt,
    ) -> Result<(Self, Vec<Option<String>>), PgError> {
        let (mode, retry) = match settings.ssl_mode {
            _ if host.is_unix_socket() => (DriverSslMode::Disable, None),
            SslMode::Disable => (DriverSslMode::Disable, None),
            SslMode::Allow => (DriverSslMode::Disable, Some(DriverSslMode::Require)),
            SslMode::Prefer => (DriverSslMode::Prefer, Some(DriverSslMode::Disable)),
            SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull => (DriverSslMode::Require, None),
        };
        let notices = Notices::default();
        let attempt = |mode| -> Result<Wire, PgError> {
            let config = settings.driver_config(host, mode, options)?;
            let notices = Arc::clone(&notices);
            let heard = move |notice: DbError| {
                notices.lock().unwrap_or_else(PoisonError::into_inner).push(Notice {
                    severity: notice.severity().to_owned(),
                    sqlstate: notice.code().code().to_owned(),
                    message: notice.message().to_owned(),
                });
            };
            let tls = (mode != DriverSslMode::Disable).then(|| connector.clone());
            let connected =
                greet(config, tls, heard, settings.connect_timeout()?, interrupt).map_err(|problem| match problem {
                    Some(problem) => PgError::Connect { target: settings.to_string(), problem, sqlstate: None },
                    None => PgError::Interrupted,
                })?;
            connected.map_err(|failure| match PgError::from(failure) {
                answered @ PgError::Server { .. } => answered,
                PgError::Lost { problem } | PgError::Decode { problem } => {
                    PgError::Connect { target: settings.to_string(), problem, sqlstate: None }
                }
                other => other,
            })
        };
        let wire = match (attempt(mode), retry) {
            (Ok(wire), _) => wire,
            (Err(PgError::Interrupted), _) => return Err(PgError::Interrupted),
            (Err(first), Some(second)) => attempt(second).map_err(|_| first)?,
            (Err(failure), None) => return Err(failure),
        };
        // Our own row from where the views take it: they join others to it.
        let first = format!(
            "SELECT pg_catalog.current_setting('server_version_num')::int4, pg_catalog.pg_backend_pid(), \
             a.ssl, a.backend_start::text, {} \
             FROM pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()) a",
            pins::asking()
        );
        // Nobody knows yet whom to look after: whoever does not answer this is not there.
        let mut wire = wire;
        let row = wire.ask(async |client| client.query_typed_one(&first, &[]).await, |_| Seen::Forgotten)?;
        let number: i32 = row.try_get(0)?;
        // Hidden from a role that the session became at its start.
        let encrypted = row.try_get::<_, Option<bool>>(2)?.unwrap_or(false);
        let started = row.try_get::<_, Option<String>>(3)?.unwrap_or_default();
        let transport = match settings.ssl_mode {
            _ if host.is_unix_socket() => Transport::UnixSocket,
            _ if !encrypted => Transport::Plain,
            SslMode::VerifyFull => Transport::VerifyFull,
            SslMode::VerifyCa => Transport::VerifyCa,
            SslMode::Require if tls::root(settings, environment).is_some() => Transport::VerifyCa,
            _ => Transport::Encrypted,
        };
        let mut session = Self {
            version: ServerVersion(number.unsigned_abs()),
            transport,
            host: host.clone(),
            backend_pid: row.try_get(1)?,
            notices,
            interrupt: interrupt.clone(),
            cancel: wire.client().map(Client::cancel_token),
            tls: connector.clone(),
            wire,
            way: Some(Way { settings: settings.clone(), environment: environment.clone(), started }),
            registration: None,
            turns: Arc::default(),
            planned: None,
        };
        session.allow_interrupts(true);
        Ok((session, row.try_get(4)?))
    }

    fn suits(&mut self, wanted: SessionAttrs) -> Result<bool, PgError> {
        if wanted == SessionAttrs::Any {
            return Ok(true);
        }
        let row = self.query_one(
            "SELECT pg_catalog.pg_is_in_recovery(), \
                    (SELECT d.setconfig @> ARRAY['default_transaction_read_only=on'] FROM pg_catalog.pg_db_role_setting d \
                      WHERE d.setdatabase = 0 AND d.setrole = 0) IS TRUE",
            &[],
        )?;
        let (standby, read_only): (bool, bool) = (row.try_get(0)?, row.try_get(1)?);
        Ok(match wanted {
            SessionAttrs::Any => true,
            SessionAttrs::ReadWrite => !standby && !read_only,
            SessionAttrs::ReadOnly => standby || read_only,
            SessionAttrs::Primary => !standby,
            SessionAttrs::Standby | SessionAttrs::PreferStandby => standby,
        })
    }

    /// Reads every pinned setting back, as at the start, right before COMMIT.
    pub fn check_pins(&mut self) -> Result<(), PgError> {
        let shown: Vec<Option<String>> = self.query_one(&format!("SELECT {}", pins::asking()), &[])?.try_get(0)?;
        pins::compare(self.version, &shown)
    }

    /// While false, Ctrl-C does not cancel what runs here: a COMMIT in flight is always waited for.
    pub fn allow_interrupts(&mut self, allowed: bool) {
        self.registration = allowed.then(|| {
            let (cancel, encrypted, connector) = (self.cancel.clone(), self.is_encrypted(), self.tls.clone());
            let turns = Arc::clone(&self.turns);
            self.interrupt.register(move || {
                if let Some(cancel) = &cancel {
                    cancel_this_turn(cancel, encrypted, &connector, &turns);
                }
            })
        });
    }

    pub fn version(&self) -> ServerVersion {
        self.version
    }

    pub fn transport(&self) -> Transport {
        self.transport
    }

    /// The host that answered.
    pub fn host(&self) -> &Host {
        &self.host
    }

    pub fn backend_pid(&self) -> i32 {
        self.backend_pid
    }

    /// The notices heard since the last call.
    pub fn take_notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut *self.notices.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Runs one of our own fixed queries.
    pub fn query(&mut self, sql: &str, parameters: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, PgError> {
        log::trace!(target: "pgwarrant.pg", "{sql}");
        self.take_turn(async |client| match parameters {
            // One round trip; whose types the server has to be asked for first take two.
            [] => client.query_typed(sql, &[]).await,
            _ => client.query(sql, parameters).await,
        })
    }

    /// From now on the server keeps the plan of each query that may be asked again: it takes one round trip more the first
    /// time, and no planning afterwards.
    /// <https://www.postgresql.org/docs/current/sql-prepare.html>
    pub fn keep_plans(&mut self) {
        self.planned.get_or_insert_default();
    }

    /// Runs one of our own fixed queries and hands over each row as it comes, until one is not wanted.
    pub fn each(&mut self, sql: &str, asked: Asked, mut take: impl FnMut(Row) -> bool) -> Result<(), PgError> {
        let pieces = self.wire.pieces();
        log::trace!(target: "pgwarrant.pg", "{sql}");
        let mut planned = self.planned.take();
        let answer = self.take_turn(async |client| {
            let statement = match planned.as_mut().filter(|_| asked == Asked::Again) {
                Some(planned) if !planned.contains_key(sql) => {
                    let statement = client.prepare_typed(sql, &[]).await?;
                    planned.insert(sql.to_owned(), statement.clone());
                    Some(statement)
                }
                planned => planned.and_then(|planned| planned.get(sql).cloned()),
            };
            let mut rows = std::pin::pin!(rows_of(client, statement.as_ref(), sql).await?);
            while let Some(row) = rows.try_next().await? {
                pieces.fetch_add(1, Ordering::Relaxed);
                if !take(row) {
                    break;
                }
            }
            Ok(())
        });
        self.planned = planned;
        answer
    }

    /// Runs several queries of our own, all of them under way at once: one round trip. Hands over each row with the place of
    /// its query, in their order; a failure comes with the place of the first one that was refused.
    pub fn each_of<'q>(
        &mut self,
        queries: &'q [String],
        mut take: impl FnMut(usize, Row),
    ) -> Result<(), (usize, PgError)> {
        let (pieces, planned, mut place) = (self.wire.pieces(), self.planned.take(), 0);
        for sql in queries {
            log::trace!(target: "pgwarrant.pg", "{sql}");
        }
        let answer = self.take_turn(async |client| {
            let ask = |sql: &'q String| rows_of(client, planned.as_ref().and_then(|planned| planned.get(sql)), sql);
            let answers = stream::iter(queries).map(ask).buffered(queries.len().max(1)).enumerate();
            let mut answers = std::pin::pin!(answers);
            while let Some((at, rows)) = answers.next().await {
                place = at;
                let mut rows = std::pin::pin!(rows?);
                while let Some(row) = rows.try_next().await? {
                    pieces.fetch_add(1, Ordering::Relaxed);
                    take(at, row);
                }
            }
            Ok(())
        });
        self.planned = planned;
        answer.map_err(|failure| (place, failure))
    }

    /// The rows of several queries of our own, as `each_of` asks them.
    pub fn query_each(&mut self, queries: &[String]) -> Result<Vec<Vec<Row>>, (usize, PgError)> {
        let mut all: Vec<Vec<Row>> = queries.iter().map(|_| Vec::new()).collect();
        self.each_of(queries, |at, row| all[at].push(row))?;
        Ok(all)
    }

    /// Runs one of our own fixed queries that may be asked again.
    pub fn query_again(&mut self, sql: &str) -> Result<Vec<Row>, PgError> {
        let mut rows = Vec::new();
        self.each(sql, Asked::Again, |row| {
            rows.push(row);
            true
        })?;
        Ok(rows)
    }

    /// Runs one of our own fixed queries that answers with one row.
    pub fn query_one(&mut self, sql: &str, parameters: &[&(dyn ToSql + Sync)]) -> Result<Row, PgError> {
        log::trace!(target: "pgwarrant.pg", "{sql}");
        self.take_turn(async |client| match parameters {
            [] => client.query_typed_one(sql, &[]).await,
            _ => client.query_one(sql, parameters).await,
        })
    }

    /// Sends one statement, alone in one extended-protocol message: the server itself refuses a second one hidden inside.
    /// Gives the number of rows it touched.
    pub fn execute(&mut self, statement: &str) -> Result<u64, PgError> {
        let none: &[(&(dyn ToSql + Sync), Type)] = &[];
        self.take_turn(async |client| client.execute_typed(statement, none).await)
    }

    /// Sends statements without waiting for each answer; each is still alone in its own message. Gives what came of them in
    /// their order, up to the first that was refused: nothing is sent once a refusal is known.
    ///
    /// Whoever calls has begun a transaction, and none of the statements begins or ends one (`COMMIT`, `ROLLBACK TO`): then the
    /// server itself refuses what was under way behind the refused one. That it did is looked at. `sending` hears the place
    /// of each before it goes out.
    pub fn execute_each(
        &mut self,
        statements: &[&str],
        mut sending: impl FnMut(usize),
    ) -> Result<Vec<Answered>, PgError> {
        let (pieces, notices, interrupt) = (self.wire.pieces(), Arc::clone(&self.notices), self.interrupt.clone());
        let heeded = self.registration.is_some();
        self.take_notices();
        let mut answers: Vec<Answered> = Vec::with_capacity(statements.len());
        let taken = self.take_turn(async |client| {
            let may_send = |at| {
                let asked_to_stop = heeded && interrupt.is_set();
                if !asked_to_stop {
                    sending(at);
                }
                !asked_to_stop
            };
            pipeline::run(client, statements, may_send, |rows, duration| {
                pieces.fetch_add(1, Ordering::SeqCst);
                // Taken when the answer is complete: they were said while it was worked on.
                let notices = std::mem::take(&mut *notices.lock().unwrap_or_else(PoisonError::into_inner));
                answers.push(Answered { rows: rows.map_err(PgError::from), duration, notices });
            })
            .await;
            Ok(())
        });
        taken?;
        let stopped = answers.len() < statements.len();
        if let Some(refused) = answers.iter().position(|answer| answer.rows.is_err()) {
            if answers.drain(refused + 1..).any(|behind| behind.rows.is_ok()) {
                return Err(PgError::RanBehind);
            }
        } else if stopped {
            return Err(PgError::Interrupted);
        }
        if let Some(last) = answers.last_mut() {
            match self.settle(std::mem::replace(&mut last.rows, Ok(0))) {
                Err(failure) if !matches!(failure, PgError::Server { .. }) => return Err(failure),
                answer => last.rows = answer,
            }
        }
        Ok(answers)
    }

    /// As [`Session::execute`], but cancelled after a while: a COMMIT that waits for a standby ignores every timeout of the
    /// server, and a cancel ends the waiting, not the commit.
    pub fn execute_within(&mut self, statement: &str, patience: Duration) -> Result<u64, PgError> {
        let (done, waiting) = std::sync::mpsc::channel::<()>();
        let (cancel, encrypted, connector) = (self.cancel.clone(), self.is_encrypted(), self.tls.clone());
        let watch = std::thread::spawn(move || {
            let over = waiting.recv_timeout(patience) == Err(RecvTimeoutError::Timeout);
            if let (true, Some(cancel)) = (over, cancel) {
                send_cancel(&cancel, encrypted, connector);
            }
        });
        let answer = self.execute(statement);
        drop(done);
        // The thread only sends a cancel; that it failed to is in the log.
        let _ = watch.join();
        answer
    }

    fn is_encrypted(&self) -> bool {
        !matches!(self.transport, Transport::UnixSocket | Transport::Plain)
    }

    /// True while the connection is known to stand.
    pub fn is_open(&self) -> bool {
        !self.wire.is_closed()
    }

    /// Runs one statement, unless someone asked to stop. The turn begins before the flag is looked at, so that a request
    /// either is seen here or finds the turn to cancel.
    fn take_turn<T>(
        &mut self,
        act: impl AsyncFnOnce(&Client) -> Result<T, tokio_postgres::Error>,
    ) -> Result<T, PgError> {
        self.turns.fetch_add(1, Ordering::SeqCst);
        let answer = self.stop_if_asked().and_then(|()| {
            let Self { wire, way, host, backend_pid, .. } = self;
            let answer = wire.ask(act, |end| look_after(way.as_ref(), host, *backend_pid, end));
            self.settle(answer)
        });
        self.turns.fetch_add(1, Ordering::SeqCst);
        answer
    }

    fn stop_if_asked(&self) -> Result<(), PgError> {
        if self.registration.is_some() && self.interrupt.is_set() { Err(PgError::Interrupted) } else { Ok(()) }
    }

    /// A cancel that we sent is our interruption, not the server's error.
    fn settle<T>(&self, answer: Result<T, PgError>) -> Result<T, PgError> {
        answer.map_err(|failure| match failure {
            PgError::Server { sqlstate, .. } if sqlstate == "57014" && self.interrupt.is_set() => PgError::Interrupted,
            failure => failure,
        })
    }
}

/// Asks a query, as it was planned or to be planned now.
async fn rows_of(client: &Client, planned: Option<&Statement>, sql: &str) -> Result<RowStream, tokio_postgres::Error> {
    if let Some(statement) = planned {
        let none: [&(dyn ToSql + Sync); 0] = [];
        client.query_raw(statement, none).await
    } else {
        let none: [(&(dyn ToSql + Sync), Type); 0] = [];
        client.query_typed_raw(sql, none).await
    }
}

/// What another connection sees a session do. It runs on a thread of its own, since this one waits.
fn look_after(way: Option<&Way>, host: &Host, pid: i32, end: bool) -> Seen {
    // Who looks after another is not looked after: it is given up on.
    let Some(way) = way else { return Seen::Forgotten };
    let looked = std::thread::scope(|scope| scope.spawn(|| way.look(host, pid, end)).join());
    looked.ok().and_then(Result::ok).unwrap_or(Seen::Unknown)
}

impl Way {
    fn look(&self, host: &Host, pid: i32, end: bool) -> Result<Seen, PgError> {
        let Self { settings, environment, started } = self;
        let options = pins::options(settings.parameter("options"), Purpose::Look, LOOK_MS, LOOK_MS);
        let connector = tls::connector(settings, environment)?;
        let calm = Interrupt::default();
        let (mut other, _) = Session::open(settings, environment, host, &options, &connector, &calm)?;
        other.way = None;
        // In the middle of a question the server is active, and waits for the rest of it.
        let seen = if end {
            "pg_catalog.pg_terminate_backend(a.pid)::text"
        } else {
            "CASE a.wait_event WHEN 'ClientRead' THEN 'idle' ELSE a.state END"
        };
        let rows = other.query(
            &format!(
                "SELECT {seen} FROM pg_catalog.pg_stat_activity a WHERE a.pid = $1 AND a.backend_start::text = $2"
            ),
            &[&pid, started],
        )?;
        let Some(row) = rows.first() else { return Ok(Seen::Forgotten) };
        Ok(match row.try_get::<_, Option<&str>>(0)? {
            Some(state) if state.starts_with("idle") => Seen::Forgotten,
            Some(state) if state.starts_with("active") || state.starts_with("fastpath") => Seen::Working,
            // The role or the server does not tell.
            _ => Seen::Unknown,
        })
    }
}

/// The hosts in the order to try them (`load_balance_hosts=random` shuffles).
fn ordered(settings: &Settings) -> Result<Vec<Host>, PgError> {
    let mut hosts = settings.hosts().to_vec();
    match settings.parameter("load_balance_hosts") {
        None | Some("disable") => {}
        Some("random") => {
            for end in (1..hosts.len()).rev() {
                let random = getrandom::u32().map_err(|failure| PgError::Conninfo { problem: failure.to_string() })?;
                hosts.swap(end, random as usize % (end + 1));
            }
        }
        Some(other) => {
            return Err(PgError::Conninfo { problem: format!("load_balance_hosts \"{other}\" is not known") });
        }
    }
    Ok(hosts)
}
