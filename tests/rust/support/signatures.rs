//! SSH signatures put together by hand, right and wrong, and hardware keys made of software ones: the format says what a
//! touch looks like (<https://cvsweb.openbsd.org/src/usr.bin/ssh/PROTOCOL.u2f>).

use std::path::Path;

use base64ct::{Base64, Encoding as _};
use sha2::{Digest as _, Sha256, Sha512};
use ssh_key::{Algorithm, PrivateKey, Signature, SigningKey};

/// What can be wrong with a signature beside its bytes.
#[derive(Clone)]
pub struct Made {
    pub version: u32,
    pub namespace: &'static str,
    pub reserved: &'static [u8],
    pub hash: &'static str,
    /// Bytes behind the last field.
    pub behind: &'static [u8],
    /// Bytes within the last field, behind what it holds.
    pub slack: usize,
}

impl Default for Made {
    fn default() -> Self {
        Self { version: 1, namespace: "pgwarrant", reserved: b"", hash: "sha512", behind: b"", slack: 0 }
    }
}

fn string(bytes: &[u8]) -> Vec<u8> {
    [&u32::try_from(bytes.len()).unwrap().to_be_bytes()[..], bytes].concat()
}

impl Made {
    /// The bytes that a key signs.
    fn signed(&self, message: &[u8]) -> Vec<u8> {
        let hashed =
            if self.hash == "sha256" { Sha256::digest(message).to_vec() } else { Sha512::digest(message).to_vec() };
        let fields = [self.namespace.as_bytes(), self.reserved, self.hash.as_bytes(), &hashed];
        [b"SSHSIG".to_vec(), fields.map(string).concat()].concat()
    }

    fn armoured(&self, key: &[u8], signature: &[u8]) -> String {
        let signature = [signature, &vec![0; self.slack]].concat();
        let fields = [key, self.namespace.as_bytes(), self.reserved, self.hash.as_bytes(), &signature];
        let blob = [b"SSHSIG", &self.version.to_be_bytes()[..], &fields.map(string).concat(), self.behind].concat();
        armour(&blob, 70)
    }
}

/// The armour around a blob, with lines of this length.
pub fn armour(blob: &[u8], width: usize) -> String {
    let text = Base64::encode_string(blob);
    let lines: Vec<&str> = text.as_bytes().chunks(width).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN SSH SIGNATURE-----\n{}\n-----END SSH SIGNATURE-----\n", lines.join("\n"))
}

pub fn blob_of(armoured: &str) -> Vec<u8> {
    let lines: Vec<&str> = armoured.lines().filter(|line| !line.starts_with('-')).collect();
    Base64::decode_vec(&lines.concat()).unwrap()
}

/// A key whose private half is in our hands.
pub struct SoftKey(PrivateKey);

impl SoftKey {
    pub fn read(path: &Path) -> Self {
        Self(PrivateKey::read_openssh_file(path).unwrap())
    }

    /// As a line of `allowed_signers` has it.
    pub fn line(&self) -> String {
        self.0.public_key().to_openssh().unwrap()
    }

    pub fn sign(&self, made: &Made, message: &[u8]) -> String {
        let signature = Vec::<u8>::try_from(signed_by(&self.0, &made.signed(message))).unwrap();
        made.armoured(&self.0.public_key().to_bytes().unwrap(), &signature)
    }

    /// The same key, as if it sat in a token.
    pub fn hardware(&self) -> Hardware<'_> {
        let (kind, point) = if self.0.algorithm() == Algorithm::Ed25519 {
            ("sk-ssh-ed25519@openssh.com", string(self.0.public_key().key_data().ed25519().unwrap().as_ref()))
        } else {
            let point = self.0.public_key().key_data().ecdsa().unwrap().as_sec1_bytes();
            ("sk-ecdsa-sha2-nistp256@openssh.com", [string(b"nistp256"), string(point)].concat())
        };
        let blob = [string(kind.as_bytes()), point, string(APPLICATION)].concat();
        Hardware { key: self, kind, blob }
    }
}

const APPLICATION: &[u8] = b"ssh:";

/// A key as a token has it: its signatures say whether it was touched.
pub struct Hardware<'k> {
    key: &'k SoftKey,
    kind: &'static str,
    blob: Vec<u8>,
}

impl Hardware<'_> {
    pub fn line(&self) -> String {
        format!("{} {}", self.kind, Base64::encode_string(&self.blob))
    }

    pub fn sign(&self, flags: u8, made: &Made, message: &[u8]) -> String {
        let trailer = [&[flags][..], &7_u32.to_be_bytes()].concat();
        let message = made.signed(message);
        let data = [&Sha256::digest(APPLICATION)[..], &trailer, &Sha256::digest(&message)[..]].concat();
        let inner = signed_by(&self.key.0, &data);
        let signature = [string(self.kind.as_bytes()), string(inner.as_bytes()), trailer].concat();
        made.armoured(&self.blob, &signature)
    }
}

/// The trait's own method is not in scope but for a type that is known by the trait alone.
fn signed_by<K: SigningKey>(key: &K, data: &[u8]) -> Signature {
    key.try_sign(data).unwrap()
}
