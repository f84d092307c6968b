//! Rows as they come: a thread asks the server while the reader makes objects of what has arrived.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::mpsc::{Receiver, SendError, Sender, channel};
use std::thread::Scope;

use super::CatalogError;
use crate::pg::{PgError, Row, Session};

/// How many rows are handed over at once. The server is never made to wait: what it sends lies here until it is taken.
const BATCH: usize = 256;

type Batch = Result<Vec<Row>, PgError>;

/// Where queries are asked. One is answered after the other.
pub(super) struct Asking {
    queries: Sender<(String, Sender<Batch>)>,
    failure: Rc<RefCell<Option<PgError>>>,
}

impl Asking {
    /// Starts the thread; it ends with what is returned.
    pub fn begin<'scope>(scope: &'scope Scope<'scope, '_>, session: &'scope mut Session) -> Self {
        let (queries, asked) = channel::<(String, Sender<Batch>)>();
        scope.spawn(move || {
            for (query, answer) in asked {
                // Nobody listens any more where the reading was given up.
                let _ = ask(session, &query, &answer);
            }
        });
        Self { queries, failure: Rc::default() }
    }

    /// Asks; rows are taken while they come. A failure ends the rows, and is what the next query or `end` reports.
    pub fn rows(&self, query: &str) -> Result<Rows, CatalogError> {
        self.end()?;
        let (answer, batches) = channel();
        // A thread that is gone gives no rows: the iterator sees to it.
        let _ = self.queries.send((query.to_owned(), answer));
        Ok(Rows { batches, failure: Rc::clone(&self.failure) })
    }

    /// Nothing failed.
    pub fn end(&self) -> Result<(), CatalogError> {
        self.failure.borrow_mut().take().map_or(Ok(()), |failure| Err(failure.into()))
    }
}

fn ask(session: &mut Session, query: &str, answer: &Sender<Batch>) -> Result<(), SendError<Batch>> {
    let mut batch = Vec::with_capacity(BATCH);
    let done = session.each(query, |row| {
        batch.push(row);
        batch.len() < BATCH || answer.send(Ok(std::mem::replace(&mut batch, Vec::with_capacity(BATCH)))).is_ok()
    });
    if !batch.is_empty() {
        answer.send(Ok(batch))?;
    }
    // The empty batch is the end: whoever does not see it knows that the thread broke off.
    answer.send(done.map(|()| Vec::new()))
}

/// The rows of one query.
pub struct Rows {
    batches: Receiver<Batch>,
    failure: Rc<RefCell<Option<PgError>>>,
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
            let broken = || Err(PgError::Decode { problem: "the reading broke off".to_owned() });
            match self.rows.batches.recv().unwrap_or_else(|_| broken()) {
                Ok(batch) if batch.is_empty() => self.over = true,
                Ok(batch) => self.batch = batch.into_iter(),
                Err(failure) => {
                    self.over = true;
                    *self.rows.failure.borrow_mut() = Some(failure);
                }
            }
        }
    }
}
