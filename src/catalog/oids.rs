//! Maps by oid. Oids are given out by the server, one after the other: telling them apart takes no more than a product.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

pub(super) type OidMap<K, V> = HashMap<K, V, BuildHasherDefault<OidHasher>>;

#[derive(Default)]
pub(super) struct OidHasher(u64);

impl OidHasher {
    fn mix(&mut self, number: u64) {
        self.0 = (self.0.rotate_left(26) ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

impl Hasher for OidHasher {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.mix(u64::from(*byte));
        }
    }

    fn write_u32(&mut self, number: u32) {
        self.mix(u64::from(number));
    }

    fn write_u16(&mut self, number: u16) {
        self.mix(u64::from(number));
    }

    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }
}
