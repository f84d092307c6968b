//! A contract: it is read or refused with a place, and what was read says the same again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pgwarrant::contract::Contract;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(contract) = Contract::read(bytes) {
        assert_eq!(Contract::read(bytes).ok(), Some(contract));
    }
});
