//! A pooler that gives a server process for each transaction, as poolers in transaction mode do: it follows prepared
//! statements from one process to the other, so that a client notices nothing.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io::{self, Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};

/// Which idle process the next transaction gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    Latest,
    Oldest,
    /// Every client has a process of its own for as long as it is there: session mode.
    OneEach,
}

/// A connection to the server, with the statements it knows.
struct Process {
    stream: UnixStream,
    greeting: Vec<u8>,
    known: BTreeSet<Vec<u8>>,
}

struct Pool {
    server: PathBuf,
    size: usize,
    choice: Choice,
    /// The idle ones, and how many there are in all.
    state: Mutex<(VecDeque<Process>, usize)>,
    returned: Condvar,
}

pub struct Pooler {
    folder: tempfile::TempDir,
}

impl Pooler {
    /// Listens in a folder of its own for the server in another, with so many processes of that server.
    pub fn before(server: &Path, port: u16, size: usize, choice: Choice) -> Self {
        let folder = tempfile::Builder::new().prefix("pooler-").tempdir().unwrap();
        let name = format!(".s.PGSQL.{port}");
        let listener = UnixListener::bind(folder.path().join(&name)).unwrap();
        let pool = Arc::new(Pool {
            server: server.join(&name),
            size,
            choice,
            state: Mutex::default(),
            returned: Condvar::new(),
        });
        let clients = AtomicUsize::new(0);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (pool, number) = (Arc::clone(&pool), clients.fetch_add(1, Ordering::SeqCst));
                // A client or a server that went ends it.
                std::thread::spawn(move || pool.serve(client, number));
            }
        });
        Self { folder }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// One message with its letter, or the first one without.
fn message(stream: &mut UnixStream, letter: bool) -> io::Result<Vec<u8>> {
    let head = usize::from(letter);
    let mut bytes = vec![0; head + 4];
    stream.read_exact(&mut bytes)?;
    let length = u32::from_be_bytes(bytes[head..].try_into().unwrap()) as usize;
    bytes.resize(head + length, 0);
    stream.read_exact(&mut bytes[head + 4..])?;
    Ok(bytes)
}

fn made(letter: u8, body: &[u8]) -> Vec<u8> {
    [&[letter][..], &u32::try_from(body.len() + 4).unwrap().to_be_bytes(), body].concat()
}

/// Everything up to the server's word that it is ready, and whether it is in no transaction then.
fn answer(stream: &mut UnixStream) -> io::Result<(Vec<u8>, bool)> {
    let mut all = Vec::new();
    loop {
        let next = message(stream, true)?;
        all.extend(&next);
        if next[0] == b'Z' {
            return Ok((all, next[5] == b'I'));
        }
    }
}

impl Pool {
    fn serve(&self, mut client: UnixStream, number: usize) -> io::Result<()> {
        let startup = message(&mut client, false)?;
        // Neither TLS nor cancels: what asks for them is not answered.
        if startup.get(4..8) != Some(&[0, 3, 0, 0]) {
            return client.write_all(b"N");
        }
        let mut held = Some(self.take(&startup)?);
        let greeting = held.as_ref().unwrap().greeting.clone();
        client.write_all(&greeting)?;
        let mut prepared: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
        let mut batch = Vec::new();
        if self.choice != Choice::OneEach {
            self.give_back(held.take().unwrap());
        }
        loop {
            let next = message(&mut client, true)?;
            if next[0] == b'X' {
                return Ok(());
            }
            let ends = matches!(next[0], b'S' | b'Q');
            batch.push(next);
            if !ends {
                continue;
            }
            let mut process = match held.take() {
                Some(process) => process,
                None => self.take(&startup)?,
            };
            for message in std::mem::take(&mut batch) {
                let (message, statement) = renamed(&message, number);
                if let Some(statement) = statement {
                    if message[0] == b'P' {
                        prepared.insert(statement.clone(), message.clone());
                        process.known.insert(statement);
                    } else if let (Some(parse), true) = (prepared.get(&statement), process.known.insert(statement)) {
                        process.stream.write_all(&[parse.clone(), made(b'S', b"")].concat())?;
                        answer(&mut process.stream)?;
                    }
                }
                process.stream.write_all(&message)?;
            }
            let (said, free) = answer(&mut process.stream)?;
            // As poolers do: it is free for the next one before its client has the answer.
            if free && self.choice != Choice::OneEach {
                self.give_back(process);
            } else {
                held = Some(process);
            }
            client.write_all(&said)?;
        }
    }

    fn take(&self, startup: &[u8]) -> io::Result<Process> {
        let mut state = self.state.lock().unwrap();
        loop {
            // A pool keeps its processes open before it is asked.
            if self.choice == Choice::OneEach || state.1 < self.size {
                state.1 += 1;
                drop(state);
                let mut stream = UnixStream::connect(&self.server)?;
                stream.write_all(startup)?;
                let (greeting, _) = answer(&mut stream)?;
                return Ok(Process { stream, greeting, known: BTreeSet::new() });
            }
            let next = if self.choice == Choice::Latest { state.0.pop_back() } else { state.0.pop_front() };
            match next {
                Some(process) => return Ok(process),
                None => state = self.returned.wait(state).unwrap(),
            }
        }
    }

    fn give_back(&self, process: Process) {
        self.state.lock().unwrap().0.push_back(process);
        self.returned.notify_one();
    }
}

/// A message with the name of its statement made the client's own; and that name, where it has one.
fn renamed(message: &[u8], client: usize) -> (Vec<u8>, Option<Vec<u8>>) {
    let body = &message[5..];
    // Where the name begins: behind the portal's, behind the kind, or at once.
    let at = match message[0] {
        b'P' => 0,
        b'B' => body.iter().position(|byte| *byte == 0).unwrap() + 1,
        b'D' | b'C' if body[0] == b'S' => 1,
        _ => return (message.to_owned(), None),
    };
    let end = at + body[at..].iter().position(|byte| *byte == 0).unwrap();
    if end == at {
        return (message.to_owned(), None);
    }
    let name = [format!("c{client}_").as_bytes(), &body[at..end]].concat();
    (made(message[0], &[&body[..at], &name, &body[end..]].concat()), Some(name))
}
