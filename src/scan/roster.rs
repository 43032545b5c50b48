//! What lines have of what is wanted, whatever its order: for logs whose keys come in any.
//!
//! A line whose sequence of segments is new, and maybe never comes again, is no shape. But the
//! values that are wanted of it are mostly the same as of other lines, in another order. Each
//! *kind* of value (a path, as a string or not) has a number, and its bounds stand at the place of
//! that number, not at that of its piece. So lines with the same kinds have the same [`Roster`],
//! and who reads values by shape may do so by roster.

use super::PathId;
use super::part::{MAX_BITS, NO_KIND, Part};
use super::shape::{Details, Wanted};
use crate::limits::MAX_ROSTERS;
use foldhash::fast::FixedState;
use hashbrown::HashMap;

/// The wanted values of lines, in any order.
#[derive(Debug)]
pub(super) struct Roster {
    /// An id as shapes have.
    pub id: u32,
    /// Ascending by path. Their bounds stand by kind.
    pub wanted: Box<[Wanted]>,
}

/// All rosters, and the numbers of what they are made of.
#[derive(Default)]
pub(super) struct Rosters {
    all: Vec<Roster>,
    by_kinds: HashMap<u64, u32, FixedState>,
    /// Keys (even) and paths (odd), by number.
    marks: Vec<u32>,
    kinds: Vec<(PathId, bool)>,
}

impl Rosters {
    pub fn clear(&mut self) {
        self.all.clear();
        self.by_kinds.clear();
        self.marks.clear();
        self.kinds.clear();
    }

    /// What a new segment has.
    pub fn part(&mut self, details: &Details, string: bool) -> Part {
        self.try_part(details, string).unwrap_or(Part::UNSURE)
    }

    fn try_part(&mut self, details: &Details, string: bool) -> Option<Part> {
        let keys = details.keys.iter().map(|key| u32::from(*key) * 2);
        let path = details.path.map(|path| u32::from(path) * 2 + 1);
        let mut marks = 0;
        for mark in keys.chain(path) {
            let bit = 1_u64 << number(&mut self.marks, mark)?;
            if marks & bit != 0 {
                return None; // repeated within the piece
            }
            marks |= bit;
        }
        let number = match details.path {
            Some(path) => number(&mut self.kinds, (path, string))? as u8,
            None => NO_KIND,
        };
        Some(Part::new(marks, number))
    }

    /// Names the roster of lines with these kinds; made now if it is new. `None` if there is no
    /// room. `id`: gives it an id.
    pub fn find(&mut self, kinds: u64, id: impl FnOnce() -> Option<u32>) -> Option<usize> {
        if let Some(known) = self.by_kinds.get(&kinds) {
            return Some(*known as usize);
        }
        if self.all.len() == MAX_ROSTERS {
            return None;
        }
        let numbered = self.kinds.iter().enumerate();
        let mut wanted: Vec<Wanted> = numbered
            .filter(|(number, _)| kinds >> number & 1 == 1)
            .map(|(number, (path, string))| Wanted {
                path: *path,
                string: *string,
                value: 2 * number as u32,
                piece_len: 0,
            })
            .collect();
        wanted.sort_unstable_by_key(|wanted| wanted.path);
        let at = self.all.len();
        self.all.push(Roster {
            id: id()?,
            wanted: wanted.into(),
        });
        self.by_kinds.insert(kinds, at as u32);
        Some(at)
    }

    pub fn get(&self, number: usize) -> Option<&Roster> {
        self.all.get(number)
    }
}

/// The number of a thing among those told apart; `None` if they are too many.
fn number<T: PartialEq>(things: &mut Vec<T>, thing: T) -> Option<usize> {
    let known = things.iter().position(|known| *known == thing);
    known.or_else(|| {
        (things.len() < MAX_BITS).then(|| {
            things.push(thing);
            things.len() - 1
        })
    })
}

#[cfg(test)]
mod tests {
    use super::super::part::{Parts, Sum};
    use super::*;

    fn details(keys: &[u16], path: Option<PathId>) -> Details {
        Details {
            text: Box::default(),
            keys: keys.into(),
            path,
        }
    }

    fn sum(parts: &[Part]) -> Sum {
        let mut all = Parts::NONE;
        parts.iter().for_each(|part| all.add(*part));
        all.sum()
    }

    #[test]
    fn order_does_not_matter() {
        let mut rosters = Rosters::default();
        let a = rosters.part(&details(&[3], Some(30)), true);
        let b = rosters.part(&details(&[1, 2], Some(10)), false);
        let none = rosters.part(&details(&[], None), true);
        let (Sum::Kinds(kinds), other) = (sum(&[a, none, b]), sum(&[none, b, a])) else {
            panic!("nothing is repeated");
        };
        assert_eq!(other, Sum::Kinds(kinds));
        let at = rosters.find(kinds, || Some(7)).unwrap();
        assert_eq!(rosters.find(kinds, || None), Some(at));
        let roster = rosters.get(at).unwrap();
        let wanted: Vec<_> = roster.wanted.iter().map(|w| (w.path, w.string)).collect();
        assert_eq!((roster.id, &*wanted), (7, &[(10, false), (30, true)][..]));
        let places: Vec<_> = roster.wanted.iter().map(|w| w.value as usize).collect();
        assert_eq!(places, [b.place(), a.place()]);
        // The same path as a string is another kind.
        let c = rosters.part(&details(&[1, 2], Some(10)), true);
        assert_ne!(sum(&[a, c]), Sum::Kinds(kinds));
    }

    #[test]
    fn what_is_repeated_is_seen() {
        let mut rosters = Rosters::default();
        let a = rosters.part(&details(&[3], Some(30)), true);
        let same_key = rosters.part(&details(&[3], None), true);
        let same_path = rosters.part(&details(&[4], Some(30)), false);
        for other in [a, same_key, same_path] {
            assert_eq!(sum(&[a, other]), Sum::Repeated);
        }
        let within = rosters.part(&details(&[5, 5], None), true);
        assert_eq!(sum(&[within]), Sum::Unsure);
    }

    #[test]
    fn too_many_are_not_told_apart() {
        let mut rosters = Rosters::default();
        for key in 0..64 {
            let part = rosters.part(&details(&[key], None), true);
            assert!(matches!(sum(&[part]), Sum::Kinds(0)));
        }
        let more = rosters.part(&details(&[64], None), true);
        assert_eq!(sum(&[more]), Sum::Unsure);
        assert!(more.place() >= 128, "beyond those of all kinds");
    }

    #[test]
    fn there_is_room_for_some() {
        let mut rosters = Rosters::default();
        for path in 0..40 {
            rosters.part(&details(&[path], Some(path)), true);
        }
        for kinds in 0..MAX_ROSTERS as u64 {
            assert!(rosters.find(kinds, || Some(1)).is_some());
        }
        assert_eq!(rosters.find(u64::MAX, || Some(1)), None);
        assert_eq!(rosters.find(5, || Some(1)), Some(5));
    }
}
