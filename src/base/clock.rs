//! The time, as records show it.

use jiff::Timestamp;

/// Now, to the millisecond: finer digits mean nothing between machines.
pub fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
}
