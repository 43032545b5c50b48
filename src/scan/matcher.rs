//! The fast path of an engine: what is learned, and what learns.

use super::index::Line;
use super::known::Known;
use super::learn::Lesson;
use super::learned::Learned;
use super::recognise::Match;
use super::schema::Schema;
use super::scratch::Scratch;
use super::simd::{Isa, Level};
use super::stencil::Stencils;
use super::walker::{NoTrace, Walker};
use super::{Hits, Scan};
use crate::limits::RELEARN_LINES;

/// Matches lines, and walks and learns those that do not match.
pub(super) struct Matcher {
    pub level: Level,
    pub learned: Learned,
    pub stencils: Stencils,
    pub scratch: Scratch,
    walker: Walker,
    lesson: Lesson,
    /// Lines seen, and when all was last forgotten.
    lines: u64,
    forgotten: u64,
    /// Lines that may still be learned from. Learning costs several times a walk, so
    /// it must earn its keep: a lesson costs [`LESSON`], a matched line brings 1.
    credit: u32,
}

/// What a lesson costs, in matched lines.
const LESSON: u32 = 16;

/// Most lines that can be learned from in a row.
const MAX_LESSONS: u32 = 4096;

impl Matcher {
    pub fn new(isa: Isa) -> Self {
        Self {
            level: Level::new(isa),
            learned: Learned::new(),
            stencils: Stencils::default(),
            scratch: Scratch::new(),
            walker: Walker::new(),
            lesson: Lesson::default(),
            lines: 0,
            forgotten: 0,
            credit: MAX_LESSONS * LESSON,
        }
    }

    #[inline]
    pub fn scan(
        &mut self,
        line: &Line<'_>,
        schema: &Schema,
        hits: &mut Hits,
        walked: &mut u64,
    ) -> Scan {
        let matched = self.level.run(Match {
            line,
            learned: &mut self.learned,
            scratch: &mut self.scratch,
            hits,
        });
        if matched {
            self.matched(1);
            return Scan::Fields;
        }
        self.learn(line, schema, hits, walked)
    }

    /// Fills in the hits of a line that was matched and whose bounds are still there.
    pub fn fill(&mut self, known: Known, start: usize, hits: &mut Hits) {
        known.fill(&self.learned, &mut self.scratch, start, hits);
    }

    /// Notes that lines were read that stencils may be made for.
    #[inline]
    pub fn grow_stencils(&mut self, lines: u64) {
        self.stencils.grow(&mut self.learned, lines);
    }

    /// Notes that lines were matched.
    #[inline]
    pub fn matched(&mut self, lines: u64) {
        self.lines += lines;
        self.learned.earn(lines);
        self.credit = (u64::from(self.credit) + lines).min(u64::from(MAX_LESSONS * LESSON)) as u32;
    }

    pub fn walk(
        &mut self,
        line: &Line<'_>,
        schema: &Schema,
        hits: &mut Hits,
        walked: &mut u64,
    ) -> Scan {
        *walked += 1;
        self.walker.scan(line, schema, hits, &mut NoTrace)
    }

    /// Walks a line that is not known, and learns it.
    #[cold]
    fn learn(
        &mut self,
        line: &Line<'_>,
        schema: &Schema,
        hits: &mut Hits,
        walked: &mut u64,
    ) -> Scan {
        self.lines += 1;
        if self.learned.is_full() && self.lines - self.forgotten >= RELEARN_LINES {
            self.learned.forget();
            self.stencils = Stencils::default();
            self.forgotten = self.lines;
        }
        if self.credit < LESSON || self.learned.is_full() {
            return self.walk(line, schema, hits, walked);
        }
        self.credit -= LESSON;
        *walked += 1;
        self.lesson.clear();
        let scan = self.walker.scan(line, schema, hits, &mut self.lesson);
        if scan == Scan::Fields {
            self.lesson.learn(line, &mut self.learned);
        }
        scan
    }
}
