//! Slots by hash: an open table that can be asked for many hashes at once.
//!
//! Millions of ids are looked up in an order without any order, so each lookup waits for memory
//! unless others are under way. A general hash table decides whether a key is there before it
//! goes on to the next lookup; this one first fetches the places of several hashes, whatever
//! they hold ([`Slots::probable`]), and decides then.

/// A slot and, above it, a few bits of its key's hash: most other keys differ in them, and are
/// told apart without being fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place(u32);

/// Bits of a slot.
const SLOT_BITS: u32 = 26;

impl Place {
    /// Of no slot.
    const FREE: Self = Self(u32::MAX);

    #[inline(always)]
    fn new(hash: u32, slot: usize) -> Self {
        Self(hash >> SLOT_BITS << SLOT_BITS | slot as u32)
    }

    #[inline(always)]
    fn slot(self) -> usize {
        self.0 as usize % (1 << SLOT_BITS)
    }

    /// Whether the key may have this hash.
    #[inline(always)]
    fn may_be(self, hash: u32) -> bool {
        (self.0 ^ hash) >> SLOT_BITS == 0
    }
}

/// Slots by the hashes of their keys. Places are taken one after the other, from the one that
/// the hash names on; at most three quarters are.
#[derive(Debug, Default)]
pub(super) struct Slots {
    /// A power of two of them, or none.
    places: Vec<Place>,
    /// The slots up to this one are there.
    count: usize,
}

impl Slots {
    /// Bytes for one slot, roughly.
    pub const BYTES: usize = 2 * size_of::<Place>();

    /// So many at most; tests make do with few.
    pub const MAX: usize = if cfg!(test) {
        5000
    } else {
        (1 << SLOT_BITS) - 1
    };

    /// Forgets all.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    #[inline(always)]
    fn place(&self, at: usize) -> Place {
        let at = at & self.places.len().wrapping_sub(1);
        self.places.get(at).copied().unwrap_or(Place::FREE)
    }

    /// For each hash a slot that probably has it, if any.
    #[inline]
    pub fn probable<const N: usize>(&self, hashes: &[u32; N]) -> [Option<usize>; N] {
        let mut places = [Place::FREE; N];
        for (place, hash) in places.iter_mut().zip(hashes) {
            *place = self.place(*hash as usize);
        }
        let mut found = [None; N];
        for ((found, place), hash) in found.iter_mut().zip(places).zip(hashes) {
            *found = self.from(place, *hash, |_| true);
        }
        found
    }

    /// The slot of a key that has this hash.
    #[inline]
    pub fn find(&self, hash: u32, is_key: impl Fn(usize) -> bool) -> Option<usize> {
        self.from(self.place(hash as usize), hash, is_key)
    }

    /// Goes on from the place that a hash names.
    #[inline(always)]
    fn from(&self, mut place: Place, hash: u32, is_key: impl Fn(usize) -> bool) -> Option<usize> {
        let mut at = hash as usize;
        while place != Place::FREE {
            if place.may_be(hash) && is_key(place.slot()) {
                return Some(place.slot());
            }
            at += 1;
            place = self.place(at);
        }
        None
    }

    /// Makes room for so many more; `hash` gives the hash of a slot's key.
    pub fn reserve(&mut self, more: usize, hash: impl Fn(usize) -> u32) {
        let needed = (self.count + more) * 4 / 3 + 1;
        if needed > self.places.len() {
            self.places = vec![Place::FREE; needed.next_power_of_two()];
            for slot in 0..self.count {
                self.put(hash(slot), slot);
            }
        }
    }

    /// Adds the next slot; there must be room for it.
    pub fn push(&mut self, hash: u32) {
        self.put(hash, self.count);
        self.count += 1;
    }

    fn put(&mut self, hash: u32, slot: usize) {
        let mask = self.places.len().wrapping_sub(1);
        let mut at = hash as usize;
        while let Some(place) = self.places.get_mut(at & mask) {
            if *place == Place::FREE {
                *place = Place::new(hash, slot);
                return;
            }
            at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    #[test]
    fn nothing_is_in_an_empty_one() {
        let mut slots = Slots::default();
        assert_eq!(slots.find(7, |_| true), None);
        assert_eq!(slots.probable(&[0, 7]), [None, None]);
        slots.reserve(100, |_| 0);
        assert_eq!(slots.find(7, |_| true), None);
    }

    proptest! {
        /// Few hashes, so that many keys share one.
        #[test]
        fn finds_what_was_put_in(keys in prop::collection::vec(0_u32..2000, 0..1500)) {
            let hash = |key: u32| (key % 300).wrapping_mul(0x9e37_79b1);
            let (mut slots, mut truth, mut by_slot) = (Slots::default(), BTreeMap::new(), Vec::new());
            for key in keys {
                let found = slots.find(hash(key), |slot| by_slot.get(slot) == Some(&key));
                prop_assert_eq!(found, truth.get(&key).copied());
                if found.is_none() {
                    slots.reserve(1, |slot| by_slot.get(slot).map_or(0, |key| hash(*key)));
                    slots.push(hash(key));
                    truth.insert(key, by_slot.len());
                    by_slot.push(key);
                }
            }
            for key in 0..2000 {
                let is_key = |slot: usize| by_slot.get(slot) == Some(&key);
                prop_assert_eq!(slots.find(hash(key), is_key), truth.get(&key).copied());
                let [probable] = slots.probable(&[hash(key)]);
                let is_known = by_slot.iter().any(|other| hash(*other) == hash(key));
                prop_assert!(probable.is_some() || !is_known);
                prop_assert!(probable.is_none_or(|slot| slot < by_slot.len()));
            }
        }
    }
}
