//! Rows as they come: a thread asks the server while the reader makes objects of what has arrived.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::Scope;

use super::CatalogError;
use crate::pg::{Asked, PgError, Row, Session};

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
    queries: Sender<(String, Asked, Sender<Vec<Row>>)>,
    /// What is on its way already, by the query.
    ahead: RefCell<VecDeque<(String, Rows)>>,
    /// What may be asked again, in its order.
    again: RefCell<Vec<String>>,
    failure: Failure,
}

impl Asking {
    /// Starts the thread; it ends with what is returned. What is `known` is asked at once, before anybody wants it: it is
    /// what an earlier reading in this session said that it may ask again.
    pub fn begin<'scope>(scope: &'scope Scope<'scope, '_>, session: &'scope mut Session, known: &[String]) -> Self {
        let (queries, asking) = channel::<(String, Asked, Sender<Vec<Row>>)>();
        let failure = Failure::default();
        let (known, noted) = (known.to_vec(), failure.clone());
        let (answers, coming): (Vec<_>, Vec<_>) = known.iter().map(|_| channel()).unzip();
        let rows = coming.into_iter().map(|batches| Rows { batches, failure: failure.clone() });
        let ahead = RefCell::new(known.iter().cloned().zip(rows).collect());
        scope.spawn(move || {
            // Noted before the rows break off: whoever waits for them asks why.
            let went_well = |asked: Result<(), PgError>| asked.map_err(|failure| noted.note(failure)).is_ok();
            if went_well(ask_all(session, &known, &answers)) {
                for (query, asked, answer) in asking {
                    if !went_well(ask(session, &query, asked, &answer)) {
                        return;
                    }
                }
            }
        });
        Self { queries, ahead, again: RefCell::default(), failure }
    }

    /// Asks; rows are taken while they come. A failure ends the rows, and is what the next query or `end` reports.
    pub fn rows(&self, query: &str, asked: Asked) -> Result<Rows, CatalogError> {
        self.end()?;
        if asked == Asked::Again {
            self.again.borrow_mut().push(query.to_owned());
            let mut ahead = self.ahead.borrow_mut();
            let place = ahead.iter().position(|(known, _)| known == query);
            if let Some((_, rows)) = place.and_then(|place| ahead.remove(place)) {
                return Ok(rows);
            }
        }
        let (answer, batches) = channel();
        // A thread that is gone gives no rows: the iterator sees to it.
        let _ = self.queries.send((query.to_owned(), asked, answer));
        Ok(Rows { batches, failure: self.failure.clone() })
    }

    /// What another reading may ask at once.
    pub fn again(&self) -> Vec<String> {
        self.again.take()
    }

    /// Nothing failed.
    pub fn end(&self) -> Result<(), CatalogError> {
        self.failure.take().map_or(Ok(()), |failure| Err(failure.into()))
    }
}

/// Hands over what all of these answer.
fn ask_all(session: &mut Session, queries: &[String], answers: &[Sender<Vec<Row>>]) -> Result<(), PgError> {
    if queries.is_empty() {
        return Ok(());
    }
    let (mut open, mut batch) = (0, Vec::new());
    // Those before this one are over.
    let mut hand_over = |at: usize, batch: &mut Vec<Row>| {
        for answer in &answers[open..at] {
            // What nobody wants any more is thrown away.
            let _ = answer.send(std::mem::take(batch));
            let _ = answer.send(Vec::new());
        }
        open = open.max(at);
    };
    let asked = session.each_of(queries, |at, row| {
        hand_over(at, &mut batch);
        batch.push(row);
    });
    asked.map_err(|(_, failure)| failure)?;
    hand_over(queries.len(), &mut batch);
    Ok(())
}

/// Hands over what one query answers. Nobody listens any more where the reading was given up: then nothing is sent.
fn ask(session: &mut Session, query: &str, asked: Asked, answer: &Sender<Vec<Row>>) -> Result<(), PgError> {
    let mut batch = Vec::with_capacity(BATCH);
    session.each(query, asked, |row| {
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
