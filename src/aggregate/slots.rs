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
    /// How many are taken.
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

    /// For each hash the slot that probably has it, if it is where the hash says.
    #[inline]
    pub fn probable<const N: usize>(&self, hashes: &[u32; N]) -> [Option<usize>; N] {
        hashes.map(|hash| {
            let place = self.place(hash as usize);
            // No branch between: which ones are there cannot be predicted.
            ((place != Place::FREE) & place.may_be(hash)).then_some(place.slot())
        })
    }

    /// The slot of a key that has this hash.
    #[inline]
    pub fn find(&self, hash: u32, is_key: impl Fn(usize) -> bool) -> Option<usize> {
        let places = (hash as usize..).map(|at| self.place(at));
        let mut taken = places.take_while(|place| *place != Place::FREE);
        taken
            .find(|place| place.may_be(hash) && is_key(place.slot()))
            .map(Place::slot)
    }

    /// Makes room for so many more; `known` gives all slots and the hashes of their keys.
    #[inline]
    pub fn reserve<I: Iterator<Item = (usize, u32)>>(
        &mut self,
        more: usize,
        known: impl FnOnce() -> I,
    ) {
        let needed = (self.count + more) * 4 / 3 + 1;
        if needed > self.places.len() {
            self.places = vec![Place::FREE; needed.next_power_of_two()];
            self.count = 0;
            for (slot, hash) in known() {
                self.find_or_put(hash, slot, |_| false);
            }
        }
    }

    /// The slot of a key that has this hash; if there is none, it has this `slot` from now on.
    /// There must be room for it.
    #[inline]
    pub fn find_or_put(
        &mut self,
        hash: u32,
        slot: usize,
        is_key: impl Fn(usize) -> bool,
    ) -> Option<usize> {
        let mask = self.places.len().wrapping_sub(1);
        let mut at = hash as usize;
        while let Some(place) = self.places.get_mut(at & mask) {
            if *place == Place::FREE {
                *place = Place::new(hash, slot);
                self.count += 1;
                return None;
            }
            if place.may_be(hash) && is_key(place.slot()) {
                return Some(place.slot());
            }
            at += 1;
        }
        None
    }

    /// Says that what had one slot has another one now.
    pub fn moved(&mut self, hash: u32, from: usize, to: usize) {
        let mask = self.places.len().wrapping_sub(1);
        let mut at = hash as usize;
        while let Some(place) = self.places.get_mut(at & mask)
            && *place != Place::FREE
        {
            if place.slot() == from {
                *place = Place::new(hash, to);
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
        slots.reserve(100, std::iter::empty);
        assert_eq!(slots.find(7, |_| true), None);
        assert_eq!(slots.probable(&[7, u32::MAX]), [None, None]);
        assert_eq!(slots.find_or_put(7, 3, |_| true), None);
        assert_eq!(slots.probable(&[0, 7]), [None, Some(3)]);
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
                slots.reserve(1, || by_slot.iter().map(|key| hash(*key)).enumerate());
                let found = slots.find_or_put(hash(key), by_slot.len(), |slot| by_slot.get(slot) == Some(&key));
                prop_assert_eq!(found, truth.get(&key).copied());
                if found.is_none() {
                    truth.insert(key, by_slot.len());
                    by_slot.push(key);
                }
            }
            // The first becomes the last.
            if let Some(first) = by_slot.first().copied() {
                slots.moved(hash(first), 0, by_slot.len());
                truth.insert(first, by_slot.len());
                by_slot.push(first);
                by_slot[0] = u32::MAX;
            }
            for key in 0..2000 {
                let is_key = |slot: usize| by_slot.get(slot) == Some(&key);
                prop_assert_eq!(slots.find(hash(key), is_key), truth.get(&key).copied());
                let [probable] = slots.probable(&[hash(key)]);
                prop_assert!(probable.is_none_or(|slot| slot < by_slot.len()));
            }
        }
    }
}
