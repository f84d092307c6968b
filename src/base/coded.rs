//! What every error of every room can say about itself.

use serde_json::{Map, Value};

/// A stable code (`room.slug`), the facts behind the sentence, and what to do next.
pub trait Coded: std::error::Error {
    /// `room.slug`, never changed once released.
    fn code(&self) -> &'static str;

    /// The next step a person (or an agent) can take.
    fn hint(&self) -> Option<String> {
        None
    }

    /// Typed details, for programs.
    fn facts(&self) -> Map<String, Value> {
        Map::new()
    }
}
