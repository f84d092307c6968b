//! A Unix socket in front of a server that knows where one message of the protocol ends, and does something to one of
//! them: what a network, a pooler or a dying machine would do.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::VecDeque;
use std::io::{Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    ToServer,
    ToClient,
}

/// What happens to a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    Forward,
    /// Forward it, and then something else has happened.
    ForwardAnd(After),
    /// Lose it, and then something else has happened.
    LoseAnd(After),
    /// Forward half of it, and close the connection.
    Truncate,
    Delay(u64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum After {
    /// The connection is closed on both sides.
    Cut,
    /// The connection stays open, and nothing goes through it any more.
    Silence,
    /// The other end has done what is to be done; messages go on.
    Nothing,
}

/// One message on its way.
pub struct Message<'a> {
    pub direction: Direction,
    pub bytes: &'a [u8],
    /// The server's process behind this connection, once it is known.
    pub backend: Option<i32>,
}

type Judge = dyn Fn(&Message<'_>) -> Fate + Send + Sync;

/// A listening proxy. What it does is exchanged between two runs.
pub struct Proxy {
    folder: tempfile::TempDir,
    judge: Arc<Mutex<Arc<Judge>>>,
    unheard: Arc<Mutex<Vec<i32>>>,
}

impl Proxy {
    /// Listens in a folder of its own for the server that listens in another.
    pub fn before(server: &Path, port: u16) -> Self {
        let folder = tempfile::Builder::new().prefix("proxy-").tempdir().unwrap();
        let name = format!(".s.PGSQL.{port}");
        let listener = UnixListener::bind(folder.path().join(&name)).unwrap();
        let server = server.join(&name);
        let judge: Arc<Mutex<Arc<Judge>>> = Arc::new(Mutex::new(Arc::new(|_: &Message<'_>| Fate::Forward)));
        let (shared, unheard) = (Arc::clone(&judge), Arc::default());
        let noted = Arc::clone(&unheard);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let judge = Arc::clone(&*shared.lock().unwrap());
                connect(client, &server, judge, &noted);
            }
        });
        Self { folder, judge, unheard }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The server's processes whose client hung up unheard: the connection was silent by then, and it had every answer that it
    /// waited for.
    pub fn unheard_goodbyes(&self) -> Vec<i32> {
        self.unheard.lock().unwrap().clone()
    }

    /// What is done with the messages of the connections that are made from now on.
    pub fn decide(&self, judge: impl Fn(&Message<'_>) -> Fate + Send + Sync + 'static) {
        *self.judge.lock().unwrap() = Arc::new(judge);
    }
}

fn connect(client: UnixStream, server: &PathBuf, judge: Arc<Judge>, unheard: &Arc<Mutex<Vec<i32>>>) {
    // No server: the client is not answered either.
    let Ok(server) = UnixStream::connect(server) else { return };
    let line = Arc::new(Mutex::new(Line::default()));
    for (direction, from, to) in [
        (Direction::ToServer, client.try_clone().unwrap(), server.try_clone().unwrap()),
        (Direction::ToClient, server, client),
    ] {
        let relay = Relay {
            direction,
            from,
            to,
            judge: Arc::clone(&judge),
            line: Arc::clone(&line),
            unheard: Arc::clone(unheard),
        };
        std::thread::spawn(move || relay.run());
    }
}

struct Relay {
    direction: Direction,
    from: UnixStream,
    to: UnixStream,
    judge: Arc<Judge>,
    line: Arc<Mutex<Line>>,
    unheard: Arc<Mutex<Vec<i32>>>,
}

/// What both directions of a connection know.
#[derive(Default)]
struct Line {
    backend: Option<i32>,
    silent: bool,
    /// Whether the client has asked something since its last Sync; and what each Sync ended that is not answered yet: a
    /// question, or only the Close of a statement, whose answer nobody waits for.
    asked: bool,
    open: VecDeque<bool>,
}

impl Line {
    fn client_says(&mut self, letter: u8) {
        match letter {
            b'P' | b'B' | b'D' | b'E' | b'F' => self.asked = true,
            b'Q' => self.open.push_back(true),
            b'S' => self.open.push_back(std::mem::take(&mut self.asked)),
            _ => {}
        }
    }

    fn client_waits(&self) -> bool {
        self.asked || self.open.contains(&true)
    }
}

impl Relay {
    fn run(mut self) {
        let mut greeting = self.direction == Direction::ToServer;
        let mut held = Vec::new();
        let mut chunk = vec![0_u8; 65536];
        loop {
            match self.from.read(&mut chunk) {
                Ok(0) | Err(_) => break,
                Ok(read) => held.extend_from_slice(&chunk[..read]),
            }
            let mut start = 0;
            while let Some(length) = whole(&held[start..], greeting) {
                greeting = false;
                let message = &held[start..start + length];
                start += length;
                if self.direction == Direction::ToClient && message[0] == b'K' {
                    self.line.lock().unwrap().backend = Some(i32::from_be_bytes(message[5..9].try_into().unwrap()));
                }
                if !self.pass(message) {
                    return;
                }
            }
            held.drain(..start);
        }
        // One side went: so does the other, unless nothing goes through any more.
        let line = self.line.lock().unwrap();
        if !line.silent {
            self.cut();
        } else if self.direction == Direction::ToServer && !line.client_waits() {
            self.unheard.lock().unwrap().extend(line.backend);
        }
    }

    /// False where the connection is over.
    fn pass(&self, message: &[u8]) -> bool {
        let (silent, backend) = {
            let line = self.line.lock().unwrap();
            (line.silent, line.backend)
        };
        if self.direction == Direction::ToServer {
            self.line.lock().unwrap().client_says(message[0]);
        }
        if silent {
            return true;
        }
        let fate = (self.judge)(&Message { direction: self.direction, bytes: message, backend });
        let after = match fate {
            Fate::Forward => After::Nothing,
            Fate::ForwardAnd(after) | Fate::LoseAnd(after) => after,
            Fate::Truncate => After::Cut,
            Fate::Delay(milliseconds) => {
                std::thread::sleep(Duration::from_millis(milliseconds));
                After::Nothing
            }
        };
        let part = match fate {
            Fate::LoseAnd(_) => &[],
            Fate::Truncate => &message[..message.len() / 2],
            _ => message,
        };
        let lost = matches!(fate, Fate::LoseAnd(_) | Fate::Truncate);
        if self.direction == Direction::ToClient && message[0] == b'Z' && !lost {
            self.line.lock().unwrap().open.pop_front();
        }
        let went = (&self.to).write_all(part).is_ok();
        match after {
            After::Cut => self.cut(),
            After::Silence => self.line.lock().unwrap().silent = true,
            After::Nothing if !went => self.cut(),
            After::Nothing => {}
        }
        after != After::Cut
    }

    fn cut(&self) {
        // Closed already is what we want.
        let _ = self.from.shutdown(Shutdown::Both);
        let _ = self.to.shutdown(Shutdown::Both);
    }
}

/// The length of the first message, if it is there as a whole. The first of a client bears no letter.
fn whole(bytes: &[u8], greeting: bool) -> Option<usize> {
    let letter = usize::from(!greeting);
    let length: [u8; 4] = bytes.get(letter..letter + 4)?.try_into().unwrap();
    let length = letter + usize::try_from(u32::from_be_bytes(length)).unwrap();
    (bytes.len() >= length).then_some(length)
}
