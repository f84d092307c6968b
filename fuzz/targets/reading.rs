//! A script, from bytes to findings: nothing panics, the laws of splitting hold, and every statement that is understood
//! is exactly one.
#![no_main]

#[path = "../../tests/rust/support/laws.rs"]
mod laws;

use libfuzzer_sys::fuzz_target;
use pgwarrant::checks::{Context, check};
use pgwarrant::script::Script;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = std::str::from_utf8(bytes) {
        laws::hold(text);
    }
    if let Ok(script) = Script::read(bytes) {
        let report = check(&script, None, &Context::default()).expect("a thread");
        assert_eq!(report.statements.len(), script.statements.len());
    }
});
