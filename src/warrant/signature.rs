//! SSH signatures (SSHSIG, <https://cvsweb.openbsd.org/src/usr.bin/ssh/PROTOCOL.sshsig>). Accepted is what both OpenSSH
//! and the library accept: the library alone is laxer about the reserved field and text around the armour, OpenSSH about
//! text behind it.

use ssh_key::{Algorithm, EcdsaCurve, Fingerprint, HashAlg, LineEnding, PublicKey, SshSig};

use super::{NAMESPACE, WarrantError};

const BEGIN: &str = "-----BEGIN SSH SIGNATURE-----\n";
const END: &str = "\n-----END SSH SIGNATURE-----\n";
/// Bits of the flags a hardware key signs.
const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;

/// A signature that fits its message; whether its key counts is the trust root's matter.
#[derive(Clone, Debug)]
pub struct Verified {
    pub key: PublicKey,
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
    let plain = |line: &str| {
        !line.is_empty()
            && line.len() <= 70
            && line.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte))
    };
    if !inside.split('\n').all(plain) {
        return Err(form("its lines are not those that ssh-keygen writes"));
    }
    let signature = SshSig::from_pem(text).map_err(|failure| form(&failure.to_string()))?;
    // The library reads past wrong inner lengths; what it read has to be the whole of what was written.
    let again = signature.to_pem(LineEnding::LF).map_err(|failure| form(&failure.to_string()))?;
    let joined = |text: &str| text.replace('\n', "");
    if joined(&again) != joined(text) {
        return Err(form("it is not encoded as ssh-keygen encodes it"));
    }
    if signature.version() != 1 {
        return Err(form("its version is not 1"));
    }
    if !signature.reserved().is_empty() {
        return Err(form("its reserved field is not empty"));
    }
    if signature.namespace() != NAMESPACE {
        return Err(WarrantError::Namespace { found: signature.namespace().to_owned(), wanted: NAMESPACE });
    }
    let key = PublicKey::new(signature.public_key().clone(), "");
    let hardware = match key.algorithm() {
        Algorithm::Ed25519 | Algorithm::Ecdsa { curve: EcdsaCurve::NistP256 | EcdsaCurve::NistP384 } => false,
        Algorithm::SkEd25519 | Algorithm::SkEcdsaSha2NistP256 => true,
        other => return Err(form(&format!("keys of type {other} are not accepted"))),
    };
    let name = key.fingerprint(HashAlg::Sha256).to_string();
    key.verify(NAMESPACE, message, &signature).map_err(|_| WarrantError::WrongSignature { key: name })?;
    let presence = hardware.then(|| flags(signature.signature_bytes())).transpose()?;
    Ok(Verified { key, presence })
}

/// A hardware key's signature ends with one byte of flags and a four-byte counter, both covered by the signature.
fn flags(signature: &[u8]) -> Result<Presence, WarrantError> {
    let at = signature.len().checked_sub(5);
    let flags = at
        .and_then(|at| signature.get(at))
        .ok_or_else(|| WarrantError::SignatureForm { problem: "the flags of the hardware key are missing".into() })?;
    Ok(Presence { touched: flags & USER_PRESENT != 0, verified: flags & USER_VERIFIED != 0 })
}
