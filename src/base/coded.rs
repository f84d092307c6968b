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

    /// Which exit status the error means to a shell (2 usage, 3 refused, 4 could not do it, 5 outcome not resolved).
    fn exit_status(&self) -> u8 {
        4
    }

    /// Typed details, for programs.
    fn facts(&self) -> Map<String, Value> {
        Map::new()
    }
}
