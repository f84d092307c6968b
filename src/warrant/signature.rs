//! SSH signatures (SSHSIG, <https://cvsweb.openbsd.org/src/usr.bin/ssh/PROTOCOL.sshsig>). Accepted is what both OpenSSH
//! and the library accept: the library alone is laxer about the reserved field and text around the armour, OpenSSH about
//! text behind it.

use base64ct::{Base64, Encoding as _};
use ssh_key::certificate::Certificate;
use ssh_key::{Algorithm, EcdsaCurve, Fingerprint, HashAlg, PublicKey, Signature, SshSig};

use super::{NAMESPACE, WarrantError};

const BEGIN: &str = "-----BEGIN SSH SIGNATURE-----\n";
const END: &str = "\n-----END SSH SIGNATURE-----\n";
/// What a signature begins with, and where ssh-keygen breaks its lines.
const MAGIC: &[u8] = b"SSHSIG";
const LINE: usize = 70;
/// The mark of a certificate's key type.
const CERTIFICATE: &[u8] = b"-cert-v01@openssh.com";
/// Bits of the flags a hardware key signs.
const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;
/// Flags and counter, behind what a hardware key signed.
const TRAILER: usize = 5;

/// A signature that fits its message; whether its key counts is the trust root's matter.
#[derive(Clone, Debug)]
pub struct Verified {
    pub key: PublicKey,
    /// What vouches for the key, where not its own line of the trust root does.
    pub certificate: Option<Certificate>,
    /// For a hardware key: whether it was touched, and whether it verified the person (PIN or finger).
    pub presence: Option<Presence>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Presence {
    pub touched: bool,
    pub verified: bool,
}

impl Verified {
    /// `SHA256:...`, as `ssh-keygen -l` shows it.
    pub fn fingerprint(&self) -> Fingerprint {
        self.key.fingerprint(HashAlg::Sha256)
    }
}

/// Verifies one armoured signature over a message.
pub fn verify(armoured: &[u8], message: &[u8]) -> Result<Verified, WarrantError> {
    let form = |problem: &str| WarrantError::SignatureForm { problem: problem.to_owned() };
    let text = std::str::from_utf8(armoured).map_err(|_| form("it is not text"))?;
    let inside = text
        .strip_prefix(BEGIN)
        .and_then(|rest| rest.strip_suffix(END))
        .ok_or_else(|| form("it does not begin and end with the armour of an SSH signature, alone in the file"))?;
    // Every line but the last is full: one signature, one spelling.
    let lines: Vec<&str> = inside.split('\n').collect();
    let (last, full) = lines.split_last().unwrap_or((&"", &[]));
    if full.iter().any(|line| line.len() != LINE) || last.is_empty() || last.len() > LINE {
        return Err(form("its lines are not those that ssh-keygen writes"));
    }
    let blob = Base64::decode_vec(&lines.concat()).map_err(|failure| form(&failure.to_string()))?;
    let Read { key, certificate, namespace, hash, signature } = read(&blob).map_err(|problem| form(&problem))?;
    if namespace != NAMESPACE {
        return Err(WarrantError::Namespace { found: namespace.to_owned(), wanted: NAMESPACE });
    }
    let hardware = match key.algorithm() {
        Algorithm::Ed25519 | Algorithm::Ecdsa { curve: EcdsaCurve::NistP256 | EcdsaCurve::NistP384 } => false,
        Algorithm::SkEd25519 | Algorithm::SkEcdsaSha2NistP256 => true,
        other => return Err(form(&format!("keys of type {other} are not accepted"))),
    };
    let name = key.fingerprint(HashAlg::Sha256).to_string();
    let presence = hardware.then(|| flags(signature.as_bytes())).transpose()?;
    let whole = SshSig::new(key.key_data().clone(), NAMESPACE, hash, signature);
    let whole = whole.map_err(|failure| form(&failure.to_string()))?;
    key.verify(NAMESPACE, message, &whole).map_err(|_| WarrantError::WrongSignature { key: name })?;
    Ok(Verified { key, certificate, presence })
}

/// What a blob says, read whole: what the library read has to be what was written, because it reads past wrong lengths.
struct Read<'a> {
    key: PublicKey,
    certificate: Option<Certificate>,
    namespace: &'a str,
    hash: HashAlg,
    signature: Signature,
}

fn read(blob: &[u8]) -> Result<Read<'_>, String> {
    let said = |failure: ssh_key::Error| failure.to_string();
    let (version, fields) = fields(blob).ok_or("it is not encoded as ssh-keygen encodes it")?;
    let [key, namespace, reserved, hash, signed] = fields.as_slice() else {
        return Err("it is not made of five fields".into());
    };
    if version != 1 {
        return Err("its version is not 1".into());
    }
    if !reserved.is_empty() {
        return Err("its reserved field is not empty".into());
    }
    let certified = string(key).is_some_and(|(kind, _)| kind.ends_with(CERTIFICATE));
    let certificate = certified.then(|| Certificate::from_bytes(key)).transpose().map_err(said)?;
    let (public, again) = match &certificate {
        Some(certificate) => (PublicKey::new(certificate.public_key().clone(), ""), certificate.to_bytes()),
        None => PublicKey::from_bytes(key).map(|public| (public.clone(), public.to_bytes())).map_err(said)?,
    };
    let signature = Signature::try_from(*signed).map_err(said)?;
    if again.map_err(said)? != *key || encoded(&signature).as_deref() != Some(signed) {
        return Err("it is not encoded as ssh-keygen encodes it".into());
    }
    let text = |bytes| std::str::from_utf8(bytes).map_err(|failure| failure.to_string());
    let hash = text(hash)?.parse().map_err(|_| "its hash is neither sha256 nor sha512".to_owned())?;
    Ok(Read { key: public, certificate, namespace: text(namespace)?, hash, signature })
}

/// A signature as it is written; the library leaves flags and counter of one kind inside the string before them.
fn encoded(signature: &Signature) -> Option<Vec<u8>> {
    let algorithm = signature.algorithm();
    let trailer = if matches!(algorithm, Algorithm::SkEd25519 | Algorithm::SkEcdsaSha2NistP256) { TRAILER } else { 0 };
    let bytes = signature.as_bytes();
    let (inner, trailer) = bytes.split_at_checked(bytes.len().checked_sub(trailer)?)?;
    let mut written = Vec::new();
    for field in [algorithm.as_str().as_bytes(), inner] {
        written.extend(u32::try_from(field.len()).ok()?.to_be_bytes());
        written.extend(field);
    }
    written.extend(trailer);
    Some(written)
}

/// The version, and the strings behind it: key, namespace, reserved, hash, signature, and nothing after them.
fn fields(blob: &[u8]) -> Option<(u32, Vec<&[u8]>)> {
    let (version, mut rest) = blob.strip_prefix(MAGIC)?.split_first_chunk::<4>()?;
    let mut fields = Vec::new();
    while !rest.is_empty() {
        let (field, more) = string(rest)?;
        fields.push(field);
        rest = more;
    }
    Some((u32::from_be_bytes(*version), fields))
}

/// One string of the wire format, and what follows it.
fn string(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)
}

/// A hardware key's signature ends with one byte of flags and a four-byte counter, both covered by the signature.
fn flags(signature: &[u8]) -> Result<Presence, WarrantError> {
    let at = signature.len().checked_sub(TRAILER);
    let flags = at
        .and_then(|at| signature.get(at))
        .ok_or_else(|| WarrantError::SignatureForm { problem: "the flags of the hardware key are missing".into() })?;
    Ok(Presence { touched: flags & USER_PRESENT != 0, verified: flags & USER_VERIFIED != 0 })
}
