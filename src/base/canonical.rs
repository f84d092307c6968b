//! Canonical JSON (RFC 8785): the bytes that are hashed and signed.

use serde::Serialize;

/// The canonical bytes of a value. Map order and formatting never reach a digest.
///
/// Panics never: every artefact type is a plain tree of strings, integers, booleans, lists and maps, which
/// always has a canonical form; anything else is reported as the serialiser's own error.
pub fn bytes(value: &impl Serialize) -> Result<Vec<u8>, serde_json::Error> {
    serde_json_canonicalizer::to_vec(value)
}
