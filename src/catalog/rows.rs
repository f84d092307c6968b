//! Rows as they come: a thread asks the server while the reader makes objects of what has arrived.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::Scope;

use super::CatalogError;
use crate::pg::{PgError, Row, Session};

/// How many rows are handed over at once. The server is never made to wait: what it sends lies here until it is taken.
const BATCH: usize = 256;

/// The first failure, whichever answer is taken first: what was asked behind it fails because of it.
#[derive(Clone, Default)]
struct Failure(Arc<Mutex<Option<PgError>>>);

impl Failure {
    fn note(&self, failure: PgError) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(failure);
    }

    fn take(&self) -> Option<PgError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Where queries are asked. One is answered after the other; none behind one that failed.
pub(super) struct Asking {
    queries: Sender<(String, Sender<Vec<Row>>)>,
    failure: Failure,
}

impl Asking {
    /// Starts the thread; it ends with what is returned.
    pub fn begin<'scope>(scope: &'scope Scope<'scope, '_>, session: &'scope mut Session) -> Self {
        let (queries, asked) = channel::<(String, Sender<Vec<Row>>)>();
        let failure = Failure::default();
        let noted = failure.clone();
        scope.spawn(move || {
            for (query, answer) in asked {
                if let Err(failure) = ask(session, &query, &answer) {
                    noted.note(failure);
                    return;
                }
            }
        });
        Self { queries, failure }
    }

    /// Asks; rows are taken while they come. A failure ends the rows, and is what the next query or `end` reports.
    pub fn rows(&self, query: &str) -> Result<Rows, CatalogError> {
        self.end()?;
        let (answer, batches) = channel();
        // A thread that is gone gives no rows: the iterator sees to it.
        let _ = self.queries.send((query.to_owned(), answer));
        Ok(Rows { batches, failure: self.failure.clone() })
    }

    /// Nothing failed.
    pub fn end(&self) -> Result<(), CatalogError> {
        self.failure.take().map_or(Ok(()), |failure| Err(failure.into()))
    }
}

/// Hands over what one query answers. Nobody listens any more where the reading was given up: then nothing is sent.
fn ask(session: &mut Session, query: &str, answer: &Sender<Vec<Row>>) -> Result<(), PgError> {
    let mut batch = Vec::with_capacity(BATCH);
    session.each(query, |row| {
        batch.push(row);
        batch.len() < BATCH || answer.send(std::mem::replace(&mut batch, Vec::with_capacity(BATCH))).is_ok()
    })?;
    if !batch.is_empty() {
        let _ = answer.send(batch);
    }
    // The empty batch is the end: whoever does not see it knows that the thread broke off.
    let _ = answer.send(Vec::new());
    Ok(())
}

/// The rows of one query.
pub struct Rows {
    batches: Receiver<Vec<Row>>,
    failure: Failure,
}

impl Rows {
    pub fn iter(&self) -> Coming<'_> {
        Coming { rows: self, batch: Vec::new().into_iter(), over: false }
    }
}

/// Takes rows as they come.
pub struct Coming<'r> {
    rows: &'r Rows,
    batch: std::vec::IntoIter<Row>,
    over: bool,
}

impl<'r> IntoIterator for &'r Rows {
    type Item = Row;
    type IntoIter = Coming<'r>;

    fn into_iter(self) -> Coming<'r> {
        self.iter()
    }
}

impl Iterator for Coming<'_> {
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
        loop {
            if let Some(row) = self.batch.next() {
                return Some(row);
            }
            if self.over {
                return None;
            }
            match self.rows.batches.recv() {
                Ok(batch) if batch.is_empty() => self.over = true,
                Ok(batch) => self.batch = batch.into_iter(),
                Err(_) => {
                    self.over = true;
                    self.rows.failure.note(PgError::Decode { problem: "the reading broke off".to_owned() });
                }
            }
        }
    }
}
