//! The one door to libpg_query.

use std::cell::Cell;
use std::ffi::{CStr, CString};
use std::os::fd::OwnedFd;
use std::sync::{Mutex, PoisonError};

use pg_query::ParserOptions;
use serde_json::Value;

use super::library::Message;
use super::tree::{Difference, Tree, View};
use super::{SqlError, wire};
use crate::base::over_all_cores;

/// A tree as deep as the parser delivers it needs this much, with room to spare: the parser stops by itself after
/// 2 MB of its own small frames. Memory is taken only as it is used.
const STACK: usize = 256 * 1024 * 1024;

thread_local! {
    /// Whether this thread has such a stack.
    static ROOM: Cell<bool> = const { Cell::new(false) };
}

/// Runs something on a thread whose stack is deep enough for every tree. Whoever classifies many statements wraps
/// them once; `classify` does it for itself otherwise.
pub fn with_room<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, SqlError> {
    if ROOM.get() {
        return Ok(work());
    }
    let _shelter = Shelter::enter();
    std::thread::scope(|scope| {
        let worker = std::thread::Builder::new()
            .name("pgwarrant-parse".to_owned())
            .stack_size(STACK)
            .spawn_scoped(scope, || {
                ROOM.set(true);
                work()
            })
            .map_err(|error| SqlError::Thread { reason: error.to_string() })?;
        worker.join().map_err(|_| SqlError::Thread { reason: "it panicked".to_owned() })
    })
}

/// Statements that one thread takes at a time.
const SHARE: usize = 512;

/// Works on many statements, over all cores, each thread with room; the results stand in the order of the statements.
pub fn work_on_all<T: Send>(
    statements: &[&str],
    work: impl Fn(&str, Result<Parsed<'_>, SqlError>) -> T + Sync,
) -> Result<impl Iterator<Item = T>, SqlError> {
    let failed = Mutex::new(None);
    let with_room = |share: &mut (dyn FnMut() + Send)| {
        if let Err(error) = with_room(share) {
            *failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        }
    };
    let shares: Vec<&[&str]> = statements.chunks(SHARE).collect();
    let results = over_all_cores(shares.len(), with_room, |share| each(shares[share], &work));
    match failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some(error) => Err(error),
        None => Ok(results.into_iter().flatten()),
    }
}

/// While libpg_query parses it points the process's standard error at a pipe of its own. Two threads that do this at
/// once can undo it in the wrong order, so the real one is kept until the last of them is through.
struct Shelter;

#[derive(Debug)]
struct Sheltered {
    parsers: usize,
    crowded: bool,
    stderr: Option<OwnedFd>,
}

static SHELTERED: Mutex<Sheltered> = Mutex::new(Sheltered { parsers: 0, crowded: false, stderr: None });

impl Shelter {
    fn enter() -> Self {
        let mut kept = SHELTERED.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.parsers == 0 {
            kept.crowded = false;
            kept.stderr = rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stderr(), 3).ok();
        }
        kept.parsers += 1;
        kept.crowded |= kept.parsers > 1;
        Self
    }
}

impl Drop for Shelter {
    fn drop(&mut self) {
        let mut kept = SHELTERED.lock().unwrap_or_else(PoisonError::into_inner);
        kept.parsers -= 1;
        if kept.parsers == 0
            && let Some(stderr) = kept.stderr.take()
            && kept.crowded
        {
            // Where this fails there is nowhere to say so.
            let _ = rustix::stdio::dup2_stderr(&stderr);
        }
    }
}

/// A parsed statement.
#[derive(Clone, Copy, Debug)]
pub struct Parsed<'a> {
    pub root: View<'a>,
    /// A string payload differs where `standard_conforming_strings` is off.
    pub backslash_strings: bool,
}

/// Parses exactly one statement, under both readings of strings, and works on it.
pub fn parse<T>(statement: &str, work: impl FnOnce(&str, Result<Parsed<'_>, SqlError>) -> T) -> T {
    match read_both_ways(statement) {
        Ok((tree, backslash_strings)) => work(statement, Ok(Parsed { root: tree.root(), backslash_strings })),
        Err(error) => work(statement, Err(error)),
    }
}

fn read_both_ways(statement: &str) -> Result<(Tree, bool), SqlError> {
    let tree = only(trees(statement, ParserOptions::DEFAULT)?)?;
    // Without a backslash both readings are the same.
    if !statement.contains('\\') {
        return Ok((tree, false));
    }
    let other = trees(statement, ParserOptions::DISABLE_STANDARD_CONFORMING_STRINGS).and_then(only);
    let differs = match other {
        Ok(other) => match tree.difference(&other) {
            Difference::None => false,
            Difference::Payload => true,
            Difference::Structure => return Err(SqlError::StringSyntax),
        },
        // Such a server would refuse the text, which is not what the attack is after.
        Err(SqlError::Unparsable { .. }) => true,
        Err(_) => return Err(SqlError::StringSyntax),
    };
    Ok((tree, differs))
}

fn only(tree: Tree) -> Result<Tree, SqlError> {
    match tree.statements().count() {
        0 => Err(SqlError::NoStatement),
        1 => Ok(tree),
        count => Err(SqlError::SeveralStatements { count }),
    }
}

/// Every statement of a text.
pub fn trees(text: &str, options: ParserOptions) -> Result<Tree, SqlError> {
    let text = CString::new(text).map_err(|error| SqlError::Unparsable { message: error.to_string() })?;
    read(&text, options, &[]).map(|(tree, _)| tree)
}

fn read(text: &CStr, options: ParserOptions, starts: &[usize]) -> Result<(Tree, Vec<wire::End>), SqlError> {
    let message = Message::parse(text, options | ParserOptions::DISABLE_ESCAPE_STRING_WARNING);
    let content = message.content().map_err(|message| {
        if is_depth(&message) { SqlError::TooDeep } else { SqlError::Unparsable { message: clip(&message) } }
    })?;
    wire::statements(content, starts).map_err(|error| SqlError::Unparsable { message: clip(&error.to_string()) })
}

/// Statements that are parsed in one go: most of what a call of the parser costs, it costs however short the text is.
const BATCH: usize = 64;
/// Bytes of them.
const BATCH_BYTES: usize = 32 * 1024;

/// Parses each of many statements and works on it.
fn each<T>(statements: &[&str], work: impl Fn(&str, Result<Parsed<'_>, SqlError>) -> T) -> Vec<T> {
    let mut results = Vec::with_capacity(statements.len());
    while let Some(rest) = statements.get(results.len()..).filter(|rest| !rest.is_empty()) {
        let mut bytes = 0;
        let batch = rest.iter().take(BATCH).take_while(|statement| {
            bytes += statement.len();
            bytes <= BATCH_BYTES && statement.ends_with(';') && !statement.contains(['\\', '\0'])
        });
        let batch = &rest[..batch.count()];
        match together(batch) {
            Some(tree) => {
                for (statement, root) in batch.iter().zip(tree.statements()) {
                    results.push(work(statement, Ok(Parsed { root, backslash_strings: false })));
                }
            }
            None => rest[..batch.len().max(1)].iter().for_each(|statement| results.push(parse(statement, &work))),
        }
    }
    results
}

/// Statements parsed as one text. None unless the parser finds every one of them to end exactly at its own `;`: a text
/// that is cut between two tokens reads the same in pieces as it does whole.
fn together(statements: &[&str]) -> Option<Tree> {
    if statements.len() < 2 {
        return None;
    }
    let mut text = Vec::with_capacity(BATCH_BYTES + 1);
    let (mut starts, mut ends) = (Vec::with_capacity(BATCH), Vec::with_capacity(BATCH));
    for statement in statements {
        starts.push(text.len());
        text.extend_from_slice(statement.as_bytes());
        ends.push(Some(text.len() - 1));
    }
    let text = CString::new(text).ok()?;
    let (tree, found) = read(&text, ParserOptions::DEFAULT, &starts).ok()?;
    (found == ends).then_some(tree)
}

/// The PL/pgSQL of a `CREATE FUNCTION` or `DO` statement, as its compiler sees it.
pub fn plpgsql(statement: &str) -> Result<Value, SqlError> {
    pg_query::parse_plpgsql(statement).map_err(|error| match error {
        pg_query::Error::InvalidJson(_) => SqlError::TooDeep,
        other => SqlError::Unparsable { message: clip(&other.to_string()) },
    })
}

fn is_depth(message: &str) -> bool {
    ["stack depth", "memory exhausted", "nested too deeply"].into_iter().any(|words| message.contains(words))
}

/// Parser messages repeat the input; a reader needs its beginning.
fn clip(message: &str) -> String {
    message.chars().take(200).collect()
}
