//! Segments found again by the end of their first key: a guess, which the text must bear out.

use super::index::Line;
use super::shape::{ContextId, MIX, NONE, SegmentId};

/// Places in the table, as a power of two.
const KEY_BITS: u32 = 12;

/// What a segment is likely to be known by.
#[derive(Clone, Copy)]
pub(super) struct Quick(u64);

impl Quick {
    /// The end of the first key (which is entry number `entry`), how soon an entry follows, and
    /// the context. In few steps, as what comes after it waits for it.
    #[inline(always)]
    pub fn of(line: &Line<'_>, entry: usize, context: ContextId) -> Option<Self> {
        let at = *line.entries.get(entry)? as usize;
        let before = line.text.get(at.checked_sub(8)?..at)?.first_chunk()?;
        let mut word = u64::from_le_bytes(*before);
        let own = at - line.start;
        let mut after = 0;
        if let Some(next) = line.entries.get(entry + 1) {
            // 2: a string, 3: one after a blank, or an object; beyond: all else.
            after = (next - at as u32).min(4);
            if own < 8 {
                word &= !(u64::MAX >> (8 * own)); // what comes before is of the last line
            }
        } else {
            // Of a line's end the brackets and quotes are its own, if any.
            word = last_brackets(word.swap_bytes());
        }
        let context = u64::from(context) << 40 | u64::from(after) << 56;
        Some(Self((word ^ context).wrapping_mul(MIX)))
    }

    #[inline(always)]
    fn place(self) -> usize {
        (self.0 >> (64 - KEY_BITS)) as usize
    }

    #[inline(always)]
    fn tag(self) -> u16 {
        (self.0 >> (48 - KEY_BITS)) as u16
    }
}

/// Of a line's last bytes, big-endian, those that are brackets or a quote before them.
#[inline(always)]
fn last_brackets(word: u64) -> u64 {
    let mut own = 0;
    for byte in 0..4 {
        let last = word >> (8 * byte) & 0xff;
        match last as u8 {
            b'}' | b']' => own |= last << (8 * byte),
            b'"' => return own | last << (8 * byte),
            _ => break,
        }
    }
    own
}

/// The segments last found by such keys: small, so that it stays in the nearest cache.
pub(super) struct Quicks(Box<[(u16, SegmentId)]>);

impl Quicks {
    pub fn new() -> Self {
        Self(vec![(0, NONE); 1 << KEY_BITS].into())
    }

    pub fn clear(&mut self) {
        self.0.fill((0, NONE));
    }

    /// The segment last found by this key, or by another that looks like it.
    #[inline(always)]
    pub fn get(&self, key: Option<Quick>) -> Option<SegmentId> {
        let key = key?;
        let (tag, id) = *self.0.get(key.place())?;
        (tag == key.tag() && id != NONE).then_some(id)
    }

    /// Keeps a segment for the next time.
    pub fn keep(&mut self, key: Option<Quick>, id: SegmentId) {
        if let Some(key) = key
            && let Some(place) = self.0.get_mut(key.place())
        {
            *place = (key.tag(), id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::engine::{Choice, Engine};
    use super::super::schema::Schema;
    use super::super::{Hits, oracle};
    use super::*;
    use std::collections::HashMap;

    /// Numbers of six bytes.
    fn numbers() -> impl Iterator<Item = String> {
        let whole = (0..100_000).map(|number| format!("1{number:05}"));
        let parted = (0..10_000).flat_map(|number| {
            let number = format!("1{number:04}");
            [1, 2, 3, 4].into_iter().flat_map(move |at| {
                let (before, after) = number.split_at(at);
                [".", "E"].map(|sign| [before, sign, after].concat())
            })
        });
        whole.chain(parted)
    }

    /// What a key `a` after the number is looked up by.
    fn found_by(number: &str, context: ContextId) -> (usize, u16) {
        let text = format!("{{\"x\":{number},\"a\":1}}\n");
        let line = Line {
            text: text.as_bytes(),
            start: 0,
            end: 18,
            entries: &[1, 3, 12, 14, 18],
            bad: false,
        };
        let key = Quick::of(&line, 3, context).unwrap();
        (key.place(), key.tag())
    }

    /// Before a short key, bytes of a value count, which may be chosen so that another context
    /// seems to be there, in which a bracket more is open.
    #[test]
    fn what_looks_like_another_context_is_none() {
        let schema = Schema::new(&[]).unwrap();
        let mut pairs = 0;
        for inner in 0..5 {
            let known: HashMap<_, _> = numbers()
                .map(|number| (found_by(&number, inner), number))
                .collect();
            for outer in (0..5).filter(|outer| *outer != inner) {
                let alike = numbers()
                    .filter_map(|number| Some((known.get(&found_by(&number, outer))?, number)));
                for (like, number) in alike.take(3) {
                    let lines = [
                        "{\"x\":1,\"b\":2}".to_owned(),
                        "{\"o\":{\"x\":1,\"a\":1},\"b\":2}".to_owned(),
                        format!("{{\"o\":{{\"x\":{like},\"a\":1}},\"b\":2,\"b\":2}}"),
                        format!("{{\"x\":{number},\"a\":2}},\"b\":2}}"),
                    ];
                    let block = lines.join("\n") + "\n";
                    let mut engine = Engine::new(&schema, Choice::Fast);
                    let mut hits = Hits::default();
                    engine.begin();
                    while let Some(line) = engine.next_line(block.as_bytes()) {
                        let text = &block.as_bytes()[line.clone()];
                        let truth = oracle::parse(text, &schema, &mut hits);
                        let scanned = engine.scan_line(block.as_bytes(), line, &mut hits);
                        assert_eq!(scanned.is_ok(), truth.is_ok(), "{}", text.escape_ascii());
                    }
                    pairs += 1;
                }
            }
        }
        assert!(pairs > 30, "{pairs}");
    }
}
