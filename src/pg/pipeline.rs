//! Statements on their way one behind the other.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::task::{Poll, ready};
use std::time::{Duration, Instant};

use postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error};

use super::PgError;
use super::session::Notice;

/// How many statements may be under way, and how many bytes of them: enough that the server never waits for us, and little
/// enough that neither side has to keep much. A longer statement goes alone.
const UNDER_WAY: usize = 256;
const BYTES_UNDER_WAY: usize = 256 * 1024;

/// What became of a statement that was sent with others behind it.
#[derive(Debug)]
pub struct Answered {
    /// The number of rows that it touched.
    pub rows: Result<u64, PgError>,
    /// From the answer before, or from when it was sent, if that was later.
    pub duration: Duration,
    /// What the server said while it worked on it.
    pub notices: Vec<Notice>,
}

/// Sends the statements in their order, each in a message of its own with a Sync behind it, and takes the answers
/// meanwhile, so that no side waits for the other to read. Nothing is sent once one was refused or `may_send` says no; what
/// is under way by then is still waited for.
pub(super) async fn run(
    client: &Client,
    statements: &[&str],
    mut may_send: impl FnMut(usize) -> bool,
    mut answered: impl FnMut(Result<u64, Error>, Duration),
) {
    let none: &[(&(dyn ToSql + Sync), Type)] = &[];
    let (mut next, mut open, mut bytes, mut before) = (0, true, 0, Instant::now());
    let mut under_way = VecDeque::new();
    poll_fn(|context| {
        loop {
            while let Some(statement) = statements.get(next).filter(|_| open) {
                let room = under_way.len() < UNDER_WAY && bytes + statement.len() <= BYTES_UNDER_WAY;
                if !room && !under_way.is_empty() {
                    break;
                }
                open = may_send(next);
                if open {
                    let mut answer = Box::pin(client.execute_typed(statement, none));
                    // It is sent when it is first asked for.
                    let early = match answer.as_mut().poll(context) {
                        Poll::Ready(early) => Some(early),
                        Poll::Pending => None,
                    };
                    bytes += statement.len();
                    next += 1;
                    under_way.push_back((answer, early, statement.len(), Instant::now()));
                }
            }
            let Some((answer, early, length, sent)) = under_way.front_mut() else { return Poll::Ready(()) };
            let rows = match early.take() {
                Some(early) => early,
                None => ready!(answer.as_mut().poll(context)),
            };
            let now = Instant::now();
            let duration = now.duration_since(before.max(*sent));
            bytes -= *length;
            before = now;
            // Whatever is no answer of the server leaves nothing to wait for.
            let (refused, broken) =
                (rows.is_err(), rows.as_ref().is_err_and(|failure| failure.as_db_error().is_none()));
            answered(rows, duration);
            under_way.pop_front();
            open &= !refused;
            if broken {
                return Poll::Ready(());
            }
        }
    })
    .await;
}
