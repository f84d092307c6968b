//! The driver's client with the runtime that it lives in: what is asked, waited for, watched and given up on.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::RecvTimeoutError;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;
use tokio_postgres::error::DbError;
use tokio_postgres::tls::NoTls;
use tokio_postgres::{AsyncMessage, CancelToken, Client, Config, Connection};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::PgError;
use super::error::with_causes;
use crate::base::interrupt::Interrupt;

/// How often a wait looks whether it should end.
const TICK: Duration = Duration::from_millis(50);

/// How often, and how soon, a cancel is repeated that seems to have been lost.
const CANCELS: u32 = 100;
const CANCEL_AGAIN: Duration = Duration::from_millis(100);

/// How long a goodbye may take, and the way of a cancel.
const GOODBYE: Duration = Duration::from_millis(500);
const CANCEL_PATIENCE: Duration = Duration::from_secs(5);

/// How long an answer is waited for before somebody looks whether the server still works on it: at first, while it does,
/// and once it seems not to.
const STILL: Duration = Duration::from_secs(3);
const AT_WORK: Duration = Duration::from_secs(10);
const LOOK_AGAIN: Duration = Duration::from_secs(3);

/// What another connection sees of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// It works on what we asked.
    Working,
    /// It waits for us, or is gone: question or answer was lost on the way.
    Forgotten,
    /// Nobody could look.
    Unknown,
}

/// The driver's connection: keeps it going, and gives what the server says beside its answers until it ends.
type Talk = Box<dyn FnMut(&mut Context<'_>) -> Poll<Option<DbError>> + Send>;

/// One connection of the driver.
pub(super) struct Wire {
    runtime: Runtime,
    client: Option<Client>,
    /// None once it has ended.
    talk: Option<Talk>,
    heard: Box<dyn Fn(DbError) + Send>,
    /// Counts what came of answers that are taken piece by piece.
    pieces: Arc<AtomicU64>,
}

impl Wire {
    fn connect(
        config: &Config,
        tls: Option<MakeRustlsConnect>,
        heard: impl Fn(DbError) + Send + 'static,
    ) -> Result<Result<Self, tokio_postgres::Error>, std::io::Error> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let connected = runtime.block_on(async {
            Ok(if let Some(tls) = tls {
                let (client, connection) = config.connect(tls).await?;
                (client, talk(connection))
            } else {
                let (client, connection) = config.connect(NoTls).await?;
                (client, talk(connection))
            })
        });
        Ok(connected.map(|(client, talk)| Self {
            runtime,
            client: Some(client),
            talk: Some(talk),
            heard: Box::new(heard),
            pieces: Arc::default(),
        }))
    }

    pub fn pieces(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.pieces)
    }

    pub fn client(&self) -> Option<&Client> {
        self.client.as_ref()
    }

    pub fn is_closed(&self) -> bool {
        self.client.as_ref().is_none_or(Client::is_closed)
    }

    /// Waits for an answer. A connection can swallow what goes through it and look alive: where nothing comes for a while,
    /// `look` says what the server is doing, and ends what it does (true) where nobody waits for it any more.
    pub fn ask<T>(
        &mut self,
        asked: impl AsyncFnOnce(&Client) -> Result<T, tokio_postgres::Error>,
        look: impl Fn(bool) -> Seen,
    ) -> Result<T, PgError> {
        let lost = |problem: &str| PgError::Lost { problem: problem.to_owned() };
        let Self { runtime, client, talk, heard, pieces } = self;
        let Some(client) = client else { return Err(lost("it was closed")) };
        runtime.block_on(async {
            let mut answer = std::pin::pin!(asked(client));
            let mut answer = std::pin::pin!(poll_fn(|context| converse(answer.as_mut(), talk, heard, context)));
            let (mut patience, mut forgotten, mut came) = (STILL, None, pieces.load(Ordering::SeqCst));
            loop {
                if let Ok(answer) = timeout(patience, answer.as_mut()).await {
                    return answer.map_err(PgError::from);
                }
                let now = pieces.load(Ordering::SeqCst);
                if now != came {
                    (patience, forgotten, came) = (STILL, None, now);
                    continue;
                }
                (patience, forgotten) = match look(false) {
                    // Twice with nothing in between, because an answer may be on its way.
                    Seen::Forgotten if forgotten == Some(now) => {
                        look(true);
                        return Err(lost("the server waits for us, and no answer comes"));
                    }
                    Seen::Forgotten => (LOOK_AGAIN, Some(now)),
                    Seen::Working | Seen::Unknown => (AT_WORK, None),
                };
            }
        })
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        // The client's end makes the connection say goodbye.
        self.client = None;
        let Some(talk) = &mut self.talk else { return };
        let mut end = poll_fn(|context| {
            while let Some(_beside) = ready!(talk(context)) {}
            Poll::Ready(())
        });
        // Who does not hear it notices that the socket is closed.
        let _ = self.runtime.block_on(async { timeout(GOODBYE, &mut end).await });
    }
}

/// Keeps a connection going for as long as an answer is waited for. Whatever was answered before the server said something
/// beside it is taken first: so what is heard belongs to the answer that is not complete yet.
fn converse<T>(
    mut answer: Pin<&mut impl Future<Output = T>>,
    talk: &mut Option<Talk>,
    heard: &impl Fn(DbError),
    context: &mut Context<'_>,
) -> Poll<T> {
    loop {
        let beside = match talk.as_mut().map(|talk| talk(context)) {
            Some(Poll::Ready(Some(beside))) => Some(beside),
            Some(Poll::Ready(None)) => {
                // What ends it, every question that still waits is told.
                *talk = None;
                None
            }
            Some(Poll::Pending) | None => None,
        };
        let answered = answer.as_mut().poll(context);
        let more = beside.is_some();
        if let Some(beside) = beside {
            heard(beside);
        }
        if answered.is_ready() || !more {
            return answered;
        }
    }
}

fn talk<S, T>(mut connection: Connection<S, T>) -> Talk
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
    T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    Box::new(move |context| {
        loop {
            match ready!(connection.poll_message(context)) {
                Some(Ok(AsyncMessage::Notice(notice))) => return Poll::Ready(Some(notice)),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Poll::Ready(None),
            }
        }
    })
}

/// Connects on a thread of its own: the driver's patience ends with the TCP handshake, ours covers the whole greeting,
/// and an interrupt is heard meanwhile. A greeting that is given up on ends with its peer or with our process.
/// `Err(None)` is an interrupt.
pub(super) fn greet(
    config: Config,
    tls: Option<MakeRustlsConnect>,
    heard: impl Fn(DbError) + Send + 'static,
    patience: Duration,
    interrupt: &Interrupt,
) -> Result<Result<Wire, tokio_postgres::Error>, Option<String>> {
    let (sender, receiver) = std::sync::mpsc::sync_channel(1);
    std::thread::Builder::new()
        .name("pgwarrant-connect".into())
        .spawn(move || {
            let connected = Wire::connect(&config, tls, heard);
            // Nobody listens any more once the patience is over: the connection is closed again.
            let _ = sender.send(connected);
        })
        .map_err(|failure| Some(failure.to_string()))?;
    let deadline = Instant::now() + patience;
    loop {
        match receiver.recv_timeout(TICK) {
            Ok(connected) => return connected.map_err(|failure| Some(failure.to_string())),
            Err(RecvTimeoutError::Disconnected) => return Err(Some("the attempt broke off".into())),
            Err(RecvTimeoutError::Timeout) if interrupt.is_set() => return Err(None),
            Err(RecvTimeoutError::Timeout) if Instant::now() > deadline => {
                return Err(Some(format!("no answer within {} seconds", patience.as_secs())));
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
}

/// Cancels what runs now. A cancel that arrives between two messages of one statement is lost on the server, so it is
/// repeated until the turn has ended; a later turn is never touched.
pub(super) fn cancel_this_turn(
    cancel: &CancelToken,
    encrypted: bool,
    connector: &MakeRustlsConnect,
    turns: &Arc<AtomicU64>,
) {
    let turn = turns.load(Ordering::SeqCst);
    if turn.is_multiple_of(2) {
        return;
    }
    send_cancel(cancel, encrypted, connector.clone());
    let (cancel, connector, turns) = (cancel.clone(), connector.clone(), Arc::clone(turns));
    let again = move || {
        for _ in 0..CANCELS {
            std::thread::sleep(CANCEL_AGAIN);
            if turns.load(Ordering::SeqCst) != turn {
                return;
            }
            send_cancel(&cancel, encrypted, connector.clone());
        }
    };
    if let Err(failure) = std::thread::Builder::new().name("pgwarrant-cancel".into()).spawn(again) {
        log::warn!(target: "pgwarrant.pg", "a cancel is sent once only: {failure}");
    }
}

/// Asks the server to stop what it runs.
pub(super) fn send_cancel(cancel: &CancelToken, encrypted: bool, connector: MakeRustlsConnect) {
    let sent =
        Builder::new_current_thread().enable_all().build().map_err(|failure| failure.to_string()).and_then(|runtime| {
            let sending = async {
                let sent =
                    if encrypted { cancel.cancel_query(connector).await } else { cancel.cancel_query(NoTls).await };
                sent.map_err(|failure| with_causes(&failure))
            };
            runtime.block_on(async { timeout(CANCEL_PATIENCE, sending).await }).unwrap_or(Err("no answer".to_owned()))
        });
    if let Err(problem) = sent {
        log::warn!(target: "pgwarrant.pg", "a running query could not be cancelled: {problem}");
    }
}
