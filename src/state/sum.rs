//! The checksum of a state: eight bytes at a time, since a nightly run takes it over all
//! that the state holds, twice.

/// Sums bytes up, in pieces of any size. Every step is a bijection of the sum, so two
/// states of one length that differ in up to eight neighbouring bytes of a word never
/// have the same sum.
#[derive(Default)]
pub struct Sum {
    value: u64,
    length: u64,
    /// Bytes that are no whole word yet, and how many.
    pending: [u8; 8],
    held: usize,
}

impl Sum {
    /// Takes in the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.length += bytes.len() as u64;
        let (first, rest) = bytes.split_at(bytes.len().min((8 - self.held) % 8));
        self.hold(first);
        let (words, tail) = rest.as_chunks();
        for word in words {
            self.step(u64::from_le_bytes(*word));
        }
        self.hold(tail);
    }

    fn hold(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if let Some(place) = self.pending.get_mut(self.held) {
                *place = *byte;
            }
            self.held += 1;
            if self.held == 8 {
                self.held = 0;
                self.step(u64::from_le_bytes(self.pending));
            }
        }
    }

    fn step(&mut self, word: u64) {
        let mixed = (self.value ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.value = mixed.rotate_left(29);
    }

    /// The sum of all bytes so far.
    pub fn finish(mut self) -> u64 {
        let held = self.held;
        if let Some(rest) = self.pending.get_mut(held..) {
            rest.fill(0);
        }
        self.step(u64::from_le_bytes(self.pending));
        self.step(self.length);
        self.step(0);
        self.value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(pieces: &[&[u8]]) -> u64 {
        let mut sum = Sum::default();
        pieces.iter().for_each(|piece| sum.update(piece));
        sum.finish()
    }

    #[test]
    fn pieces_make_no_difference_and_bytes_do() {
        let bytes: Vec<u8> = (0..100_u8).map(|n| n.wrapping_mul(7)).collect();
        let whole = sum(&[&bytes]);
        for at in 0..bytes.len() {
            let (a, b) = bytes.split_at(at);
            assert_eq!(sum(&[a, b]), whole);
            assert_eq!(sum(&[a, &b[..b.len() / 3], &[], &b[b.len() / 3..]]), whole);
            assert_ne!(sum(&[a]), whole);
            for bit in 0..8 {
                let mut other = bytes.clone();
                other[at] ^= 1 << bit;
                assert_ne!(sum(&[&other]), whole, "{at} {bit}");
            }
        }
        assert_ne!(sum(&[&[0]]), sum(&[&[0, 0]]));
    }
}
