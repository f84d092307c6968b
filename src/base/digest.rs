//! SHA-256 digests, in lower-case hexadecimal.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// A SHA-256 digest: 64 lower-case hexadecimal digits.
///
/// ```
/// let digest = pgwarrant::base::Digest::of(b"abc");
/// assert_eq!(digest.short(), "ba7816bf8f01");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest(String);

impl Digest {
    /// The digest of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(hex(&Sha256::digest(bytes)))
    }

    /// The 32 bytes of the digest of what is written.
    pub fn bytes_of<E: fmt::Display>(write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>) -> [u8; 32] {
        let mut buffer = Vec::with_capacity(512);
        if let Err(error) = write(&mut buffer) {
            unreachable!("texts, numbers and lists of them always have a form: {error}");
        }
        Sha256::digest(&buffer).into()
    }

    /// The digest of other digests, one behind the other.
    pub fn of_all<'d>(digests: impl Iterator<Item = &'d [u8; 32]>) -> Self {
        let mut hasher = Sha256::new();
        for digest in digests {
            hasher.update(digest);
        }
        Self(hex(&hasher.finalize()))
    }

    /// The digest and the length of all that a reader gives, without holding it in memory.
    pub fn of_reader(reader: &mut impl std::io::Read) -> std::io::Result<(Self, u64)> {
        let mut hasher = Sha256::new();
        let mut buffer = vec![0; 1 << 16];
        let mut length = 0;
        loop {
            let read = reader.read(&mut buffer)?;
            if read == 0 {
                return Ok((Self(hex(&hasher.finalize())), length));
            }
            hasher.update(&buffer[..read]);
            length += read as u64;
        }
    }

    /// All 64 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first 12 digits: enough for people, never for decisions.
    pub fn short(&self) -> &str {
        &self.0[..12]
    }
}

/// Bytes as lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

impl TryFrom<String> for Digest {
    type Error = NotADigest;

    fn try_from(text: String) -> Result<Self, NotADigest> {
        let plain = text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if plain { Ok(Self(text)) } else { Err(NotADigest) }
    }
}

impl std::str::FromStr for Digest {
    type Err = NotADigest;

    fn from_str(text: &str) -> Result<Self, NotADigest> {
        Self::try_from(text.to_owned())
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> String {
        digest.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text is not 64 lower-case hexadecimal digits.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a SHA-256 digest is 64 lower-case hexadecimal digits")]
pub struct NotADigest;
