//! The append-only hash chain of everything that was done. Each entry carries the hash of the one before it, and is on
//! the disk before the thing it announces happens. A journal that cannot be written stops the run.

pub mod error;

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::base::{Digest, canonical, file};

pub use error::JournalError;

const FORMAT: u32 = 1;

/// One line of a journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub format: u32,
    /// Counted from 0.
    pub seq: u64,
    /// UTC, RFC 3339.
    pub at: String,
    pub event: String,
    pub facts: Map<String, Value>,
    /// The hash of the entry before, or the anchor (the package's digest) for the first.
    pub prev: Digest,
    /// The hash of this entry without this field.
    pub hash: Digest,
}

impl Entry {
    fn seal(seq: u64, at: String, event: &str, facts: Map<String, Value>, prev: Digest) -> Result<Self, JournalError> {
        let mut entry = Self { format: FORMAT, seq, at, event: event.to_owned(), facts, hash: prev.clone(), prev };
        entry.hash = entry.computed_hash()?;
        Ok(entry)
    }

    fn computed_hash(&self) -> Result<Digest, JournalError> {
        let value = serde_json::to_value(self).map_err(|source| JournalError::Encode { source })?;
        let Value::Object(mut map) = value else { unreachable!("an entry is a map") };
        map.remove("hash");
        Ok(Digest::of(&canonical::bytes(&map).map_err(|source| JournalError::Encode { source })?))
    }
}

/// A journal open for appending.
pub struct Journal {
    path: PathBuf,
    /// Locked for as long as it is open: a journal has one writer, and a process that dies lets go of it.
    file: File,
    /// Where the last whole entry ends.
    length: u64,
    /// An entry stands there in part.
    torn: bool,
    next: u64,
    head: Digest,
    clock: fn() -> jiff::Timestamp,
}

impl Journal {
    /// Makes a new journal, anchored to a digest. An existing file is never touched.
    pub fn create(path: &Path, anchor: &Digest, clock: fn() -> jiff::Timestamp) -> Result<Self, JournalError> {
        let file =
            OpenOptions::new().append(true).create_new(true).open(path).map_err(JournalError::io("creating", path))?;
        claim(&file, path, FlockOperation::NonBlockingLockExclusive)?;
        file.sync_all().map_err(JournalError::io("flushing", path))?;
        file::sync_folder(file::folder_of(path)).map_err(JournalError::io("flushing the folder of", path))?;
        Ok(Self { path: path.to_owned(), file, length: 0, torn: false, next: 0, head: anchor.clone(), clock })
    }

    /// Continues an intact journal (after an interrupted run).
    pub fn resume(path: &Path, clock: fn() -> jiff::Timestamp) -> Result<Self, JournalError> {
        let file = OpenOptions::new().append(true).open(path).map_err(JournalError::io("opening", path))?;
        claim(&file, path, FlockOperation::NonBlockingLockExclusive)?;
        let chain = read(path)?;
        if chain.torn_bytes > 0 {
            // Half a line: the crash came before its fsync returned, so nothing that follows it ever happened.
            file.set_len(chain.intact_bytes).map_err(JournalError::io("cutting the torn end of", path))?;
        }
        let (next, length) = (chain.entries.len() as u64, chain.intact_bytes);
        Ok(Self { path: path.to_owned(), file, length, torn: false, next, head: chain.head, clock })
    }

    /// Appends one entry and waits until it is on the disk.
    pub fn append(&mut self, event: &str, facts: Value) -> Result<Digest, JournalError> {
        let facts = match facts {
            Value::Object(map) => map,
            Value::Null => Map::new(),
            other => Map::from_iter([("value".to_owned(), other)]),
        };
        let entry = Entry::seal(self.next, (self.clock)().to_string(), event, facts, self.head.clone())?;
        let mut line = canonical::bytes(&entry).map_err(|source| JournalError::Encode { source })?;
        line.push(b'\n');
        if self.torn {
            return Err(JournalError::Torn { path: self.path.clone() });
        }
        let written = self.file.write_all(&line).map_err(JournalError::io("appending to", &self.path));
        let written = written.and_then(|()| self.file.sync_data().map_err(JournalError::io("flushing", &self.path)));
        if let Err(failure) = written {
            // No entry may follow half of one.
            self.torn = self.file.set_len(self.length).and_then(|()| self.file.sync_data()).is_err();
            return Err(failure);
        }
        self.length += line.len() as u64;
        self.next += 1;
        self.head = entry.hash;
        Ok(self.head.clone())
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The hash of the last entry: what has to be anchored outside to detect a cut-off end.
    pub fn head(&self) -> &Digest {
        &self.head
    }
}

/// Makes sure that nobody else writes, from now on or at this moment.
fn claim(file: &File, path: &Path, operation: FlockOperation) -> Result<(), JournalError> {
    match flock(file, operation) {
        Ok(()) => Ok(()),
        Err(rustix::io::Errno::WOULDBLOCK) => Err(JournalError::Busy { path: path.to_owned() }),
        Err(failure) => Err(JournalError::io("locking", path)(failure.into())),
    }
}

/// Whether a process has it open for writing at this moment.
pub fn is_being_written(path: &Path) -> Result<bool, JournalError> {
    match File::open(path) {
        Ok(file) => match claim(&file, path, FlockOperation::NonBlockingLockShared) {
            Ok(()) => Ok(false),
            Err(JournalError::Busy { .. }) => Ok(true),
            Err(failure) => Err(failure),
        },
        Err(failure) if failure.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(failure) => Err(JournalError::io("reading", path)(failure)),
    }
}

/// A journal whose every entry follows from the one before.
#[derive(Clone, Debug)]
pub struct IntactChain {
    pub entries: Vec<Entry>,
    pub anchor: Digest,
    pub head: Digest,
    pub intact_bytes: u64,
    /// Bytes after the last whole line: a write that a crash cut short.
    pub torn_bytes: u64,
}

impl IntactChain {
    /// The last entry of an event.
    pub fn last(&self, event: &str) -> Option<&Entry> {
        self.entries.iter().rev().find(|entry| entry.event == event)
    }
}

/// Reads and verifies a journal.
pub fn read(path: &Path) -> Result<IntactChain, JournalError> {
    let bytes = std::fs::read(path).map_err(JournalError::io("reading", path))?;
    verify(&bytes, path)
}

fn verify(bytes: &[u8], path: &Path) -> Result<IntactChain, JournalError> {
    let intact = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let mut entries: Vec<Entry> = Vec::new();
    for (at, line) in bytes[..intact].split_inclusive(|byte| *byte == b'\n').enumerate() {
        let broken = |problem: &str| JournalError::ChainBroken {
            path: path.to_owned(),
            line: at + 1,
            problem: problem.to_owned(),
        };
        let entry: Entry =
            serde_json::from_slice(line).map_err(|failure| broken(&format!("not an entry: {failure}")))?;
        let canonical = canonical::bytes(&entry).map_err(|source| JournalError::Encode { source })?;
        if line.strip_suffix(b"\n") != Some(canonical.as_slice()) {
            return Err(broken("not in canonical form"));
        }
        if entry.format != FORMAT {
            return Err(broken("a format this version does not know"));
        }
        if entry.seq != at as u64 {
            return Err(broken("the sequence number is wrong"));
        }
        if entries.last().is_some_and(|before| before.hash != entry.prev) {
            return Err(broken("it does not follow the entry before it"));
        }
        if entry.computed_hash()? != entry.hash {
            return Err(broken("its hash does not fit its content"));
        }
        entries.push(entry);
    }
    let (Some(first), Some(last)) = (entries.first(), entries.last()) else {
        return Err(JournalError::Empty { path: path.to_owned() });
    };
    Ok(IntactChain {
        anchor: first.prev.clone(),
        head: last.hash.clone(),
        intact_bytes: intact as u64,
        torn_bytes: (bytes.len() - intact) as u64,
        entries,
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::json;

    use super::{Journal, JournalError, is_being_written, read, verify};
    use crate::base::Digest;

    fn clock() -> jiff::Timestamp {
        jiff::Timestamp::UNIX_EPOCH
    }

    fn written() -> Vec<u8> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        let mut journal = Journal::create(&path, &Digest::of(b"package"), clock).unwrap();
        for event in ["run", "intent", "commit"] {
            journal.append(event, json!({"of": event})).unwrap();
        }
        assert_eq!(read(&path).unwrap().head, *journal.head());
        assert!(matches!(Journal::create(&path, &Digest::of(b"x"), clock), Err(JournalError::Io { .. })));
        std::fs::read(path).unwrap()
    }

    /// Attack: change any single byte, remove or swap any line.
    #[test]
    fn one_flipped_byte_breaks_the_chain() {
        let good = written();
        let path = Path::new("journal");
        let head = verify(&good, path).unwrap().head;
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            // The first `prev` is the anchor, which the caller compares; everything else must not verify.
            let accepted = verify(&bad, path).is_ok_and(|chain| chain.torn_bytes == 0 && chain.head == head);
            assert!(!accepted, "byte {at}");
        }
        let lines: Vec<&[u8]> = good.split_inclusive(|byte| *byte == b'\n').collect();
        assert!(verify(&[lines[0], lines[2]].concat(), path).is_err());
        assert!(verify(&[lines[1], lines[0], lines[2]].concat(), path).is_err());
        assert!(verify(&[lines[0], lines[0], lines[1]].concat(), path).is_err());
    }

    /// Of two writers one is refused, and whoever looks sees that one is at it.
    #[test]
    fn a_journal_has_one_writer() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        let mut journal = Journal::create(&path, &Digest::of(b"package"), clock).unwrap();
        journal.append("run", json!(null)).unwrap();
        assert!(is_being_written(&path).unwrap());
        assert!(matches!(Journal::resume(&path, clock), Err(JournalError::Busy { .. })));
        drop(journal);
        assert!(!is_being_written(&path).unwrap());
        Journal::resume(&path, clock).unwrap().append("resumed", json!(null)).unwrap();
    }

    /// A crash can only leave a prefix: whole entries stay readable, half a line is set aside, and writing goes on.
    #[test]
    fn a_torn_end_is_set_aside() {
        let good = written();
        let first = good.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        for length in 0..good.len() {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("journal.jsonl");
            std::fs::write(&path, &good[..length]).unwrap();
            if length < first {
                assert!(matches!(read(&path), Err(JournalError::Empty { .. })));
                continue;
            }
            let mut journal = Journal::resume(&path, clock).unwrap();
            journal.append("resumed", json!(null)).unwrap();
            assert_eq!(read(&path).unwrap().torn_bytes, 0);
        }
    }
}
