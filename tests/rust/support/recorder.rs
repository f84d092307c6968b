//! A server that writes down the queries it is sent and says yes to them. What psql sends next depends on the answer in
//! two ways only, and these are given as a server gives them: it is asked for the data of a `COPY ... FROM STDIN`, and
//! told what `standard_conforming_strings` is. What PostgreSQL's parser refuses is refused.

use std::io::{self, BufReader, BufWriter, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::time::Duration;

use pg_query::{NodeEnum, ParserOptions};

/// One query as it was sent, and how it was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    pub text: Vec<u8>,
    /// How often data was asked for.
    pub copies: usize,
    pub refused: bool,
    /// There is no statement in it.
    pub empty: bool,
}

/// Where psql connects to: a socket in a folder, named as PostgreSQL names it.
pub struct Recorder {
    listener: UnixListener,
}

/// What a query does that the client has to know.
enum Act {
    CopyIn,
    StandardStrings(bool),
    Other,
}

impl Recorder {
    pub fn listen(folder: &Path) -> Self {
        Self { listener: UnixListener::bind(folder.join(".s.PGSQL.5432")).unwrap() }
    }

    /// Everything that one client sends until it leaves.
    pub fn record(&self) -> Vec<Sent> {
        let (stream, _) = self.listener.accept().unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let mut session = Session::greet(stream).unwrap();
        let mut recorded = Vec::new();
        loop {
            match session.read().unwrap() {
                (b'Q', content) => recorded.push(session.answer(content).unwrap()),
                (b'X', _) => return recorded,
                // What is left over of a COPY that was over already.
                (b'd' | b'c' | b'f', _) => {}
                (kind, _) => panic!("psql sent {:?}, which is not recorded", char::from(kind)),
            }
        }
    }
}

struct Session {
    input: BufReader<UnixStream>,
    output: BufWriter<UnixStream>,
    standard_strings: bool,
}

impl Session {
    fn greet(stream: UnixStream) -> io::Result<Self> {
        let output = BufWriter::new(stream.try_clone()?);
        let mut session = Self { input: BufReader::new(stream), output, standard_strings: true };
        session.body()?;
        session.write(b'R', &0_i32.to_be_bytes())?;
        for (name, value) in [
            ("server_version", "18.0"),
            ("server_encoding", "UTF8"),
            ("client_encoding", "UTF8"),
            ("standard_conforming_strings", "on"),
        ] {
            session.parameter(name, value)?;
        }
        session.write(b'K', &[0; 8])?;
        session.ready()?;
        Ok(session)
    }

    /// A message: its kind and what it holds.
    fn read(&mut self) -> io::Result<(u8, Vec<u8>)> {
        let mut kind = [0];
        self.input.read_exact(&mut kind)?;
        Ok((kind[0], self.body()?))
    }

    fn body(&mut self) -> io::Result<Vec<u8>> {
        let mut length = [0; 4];
        self.input.read_exact(&mut length)?;
        let mut body = vec![0; usize::try_from(u32::from_be_bytes(length)).unwrap() - 4];
        self.input.read_exact(&mut body)?;
        Ok(body)
    }

    fn write(&mut self, kind: u8, body: &[u8]) -> io::Result<()> {
        self.output.write_all(&[kind])?;
        self.output.write_all(&u32::try_from(body.len() + 4).unwrap().to_be_bytes())?;
        self.output.write_all(body)
    }

    fn parameter(&mut self, name: &str, value: &str) -> io::Result<()> {
        self.write(b'S', format!("{name}\0{value}\0").as_bytes())
    }

    fn ready(&mut self) -> io::Result<()> {
        self.write(b'Z', b"I")?;
        self.output.flush()
    }

    fn set_standard_strings(&mut self, on: bool) -> io::Result<()> {
        if self.standard_strings != on {
            self.standard_strings = on;
            self.parameter("standard_conforming_strings", if on { "on" } else { "off" })?;
        }
        Ok(())
    }

    fn answer(&mut self, mut text: Vec<u8>) -> io::Result<Sent> {
        assert_eq!(text.pop(), Some(0), "a query ends with a zero byte");
        let acts = self.acts(&text);
        let empty = acts.as_ref().is_some_and(Vec::is_empty);
        let mut sent = Sent { text, copies: 0, refused: acts.is_none(), empty };
        match acts {
            None => self.write(b'E', b"SERROR\0VERROR\0C42601\0Msyntax error\0\0")?,
            Some(acts) if acts.is_empty() => self.write(b'I', b"")?,
            Some(acts) => {
                for act in acts {
                    match act {
                        Act::CopyIn => {
                            self.write(b'G', &[0, 0, 0])?;
                            self.output.flush()?;
                            sent.copies += 1;
                            while !matches!(self.read()?.0, b'c' | b'f') {}
                        }
                        Act::StandardStrings(on) => self.set_standard_strings(on)?,
                        Act::Other => {}
                    }
                    self.write(b'C', b"SELECT 0\0")?;
                }
            }
        }
        if sent.text == MARK.as_bytes() {
            self.set_standard_strings(true)?;
        }
        self.ready()?;
        Ok(sent)
    }

    /// What the statements of a query do, unless the parser refuses it.
    fn acts(&self, text: &[u8]) -> Option<Vec<Act>> {
        if text == MARK.as_bytes() {
            return Some(vec![Act::Other]);
        }
        let options = if self.standard_strings {
            ParserOptions::DEFAULT
        } else {
            ParserOptions::DISABLE_STANDARD_CONFORMING_STRINGS
        };
        let parsed = pg_query::parse(std::str::from_utf8(text).ok()?, options).ok()?.protobuf;
        parsed.stmts.into_iter().map(|statement| act(statement.stmt?.node?)).collect()
    }
}

fn act(node: NodeEnum) -> Option<Act> {
    Some(match node {
        NodeEnum::CopyStmt(copy) if copy.is_from && copy.filename.is_empty() && !copy.is_program => Act::CopyIn,
        NodeEnum::VariableSetStmt(set) if set.name == "standard_conforming_strings" => match set.args.first() {
            Some(value) => Act::StandardStrings(boolean(value.node.as_ref()?)?),
            None => Act::StandardStrings(true),
        },
        NodeEnum::VariableSetStmt(set) if set.kind() == pg_query::protobuf::VariableSetKind::VarResetAll => {
            Act::StandardStrings(true)
        }
        _ => Act::Other,
    })
}

/// The value of a setting that is on or off; others are refused.
fn boolean(value: &NodeEnum) -> Option<bool> {
    use pg_query::protobuf::a_const::Val;
    let NodeEnum::AConst(constant) = value else { return None };
    let text = match constant.val.as_ref()? {
        Val::Ival(number) => number.ival.to_string(),
        Val::Sval(text) => text.sval.to_ascii_lowercase(),
        _ => return None,
    };
    let begins = |word: &str, least: usize| text.len() >= least && word.starts_with(text.as_str());
    if begins("true", 1) || begins("yes", 1) || text == "on" || text == "1" {
        Some(true)
    } else if begins("false", 1) || begins("no", 1) || begins("off", 2) || text == "0" {
        Some(false)
    } else {
        None
    }
}

/// A query that stands between two scripts.
pub const MARK: &str = "pgwarrant_mark";
