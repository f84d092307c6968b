//! The one door to libpg_query.

use std::cell::Cell;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use pg_query::ParserOptions;
use serde_json::Value;

use super::SqlError;
use super::tree::{Difference, Tree};

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
const SHARE: usize = 128;

/// Does the same to many things, over all cores, each with room; the results stand in the order of the things.
pub fn over_all_cores<I: Sync, T: Send>(items: &[I], work: impl Fn(&I) -> T + Sync) -> Result<Vec<T>, SqlError> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = cores.min(items.len().div_ceil(SHARE));
    if threads <= 1 {
        return with_room(|| items.iter().map(&work).collect());
    }
    let next = AtomicUsize::new(0);
    let take = || {
        with_room(|| {
            let mut taken = Vec::new();
            loop {
                let share = next.fetch_add(1, Ordering::Relaxed);
                let Some(part) = items.chunks(SHARE).nth(share) else { return taken };
                taken.push((share, part.iter().map(&work).collect::<Vec<T>>()));
            }
        })
    };
    let mut shares = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(take)).collect();
        let mut shares = Vec::new();
        for worker in workers {
            shares.extend(worker.join().map_err(|_| SqlError::Thread { reason: "it panicked".to_owned() })??);
        }
        Ok::<_, SqlError>(shares)
    })?;
    shares.sort_by_key(|(share, _)| *share);
    Ok(shares.into_iter().flat_map(|(_, results)| results).collect())
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
#[derive(Debug)]
pub struct Parsed {
    pub tree: Tree,
    /// A string payload differs where `standard_conforming_strings` is off.
    pub backslash_strings: bool,
}

/// Parses exactly one statement, under both readings of strings.
pub fn parse(statement: &str) -> Result<Parsed, SqlError> {
    let tree = only(trees(statement, ParserOptions::DEFAULT)?)?;
    // Without a backslash both readings are the same.
    let mut backslash_strings = false;
    if statement.contains('\\') {
        let other = trees(statement, ParserOptions::DISABLE_STANDARD_CONFORMING_STRINGS).and_then(only);
        backslash_strings = match other {
            Ok(other) => match tree.difference(&other) {
                Difference::None => false,
                Difference::Payload => true,
                Difference::Structure => return Err(SqlError::StringSyntax),
            },
            // Such a server would refuse the text, which is not what the attack is after.
            Err(SqlError::Unparsable { .. }) => true,
            Err(_) => return Err(SqlError::StringSyntax),
        };
    }
    Ok(Parsed { tree, backslash_strings })
}

fn only(mut trees: Vec<Tree>) -> Result<Tree, SqlError> {
    match (trees.pop(), trees.len()) {
        (None, _) => Err(SqlError::NoStatement),
        (Some(tree), 0) => Ok(tree),
        (Some(_), more) => Err(SqlError::SeveralStatements { count: more + 1 }),
    }
}

/// Every statement of a text, each in a tree of its own.
pub fn trees(text: &str, options: ParserOptions) -> Result<Vec<Tree>, SqlError> {
    let options = options | ParserOptions::DISABLE_ESCAPE_STRING_WARNING;
    let result = pg_query::parse(text, options).map_err(|error| match error {
        pg_query::Error::Decode(_) => SqlError::TooDeep,
        pg_query::Error::Parse(message) if is_depth(&message) => SqlError::TooDeep,
        pg_query::Error::Parse(message) => SqlError::Unparsable { message: clip(&message) },
        other => SqlError::Unparsable { message: clip(&other.to_string()) },
    })?;
    let nodes = result.protobuf.stmts.iter().map(|raw| raw.stmt.as_ref().ok_or(SqlError::NoStatement));
    nodes
        .map(|node| Tree::of(node?).map_err(|error| SqlError::Unparsable { message: clip(&error.to_string()) }))
        .collect()
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
