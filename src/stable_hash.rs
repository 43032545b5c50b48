//! A hash that is the same on every machine and in every version, for what is stored.

/// FNV-1a of 64 bits, finished by `SplitMix64`'s mixer, because FNV's high bits are weak.
/// Not keyed: fit for sampling and short marks, not against an adversary.
pub fn stable_hash(bytes: &[u8]) -> u64 {
    let mut hasher = StableHasher::default();
    hasher.update(bytes);
    hasher.finish()
}

/// [`stable_hash`] of bytes that come in pieces.
#[derive(Clone, Copy, Debug)]
pub struct StableHasher(u64);

impl Default for StableHasher {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl StableHasher {
    /// Takes in the next bytes. Each step is a bijection of the state, so two texts of
    /// one length that differ in one byte never have the same hash.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
    }

    /// The hash of all bytes so far.
    pub fn finish(self) -> u64 {
        mix(self.0)
    }
}

fn mix(fnv: u64) -> u64 {
    let mixed = (fnv ^ (fnv >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_never_change() {
        // Computed once; a stored state depends on them.
        assert_eq!(stable_hash(b""), 0xf52a_15e9_a9b5_e89b);
        assert_eq!(stable_hash(b"a"), 0x02c0_bdbf_4814_20f8);
    }
}
