//! The law of the scanner, checked: what the engine says of each line of a block is what
//! the oracle says. For the tests and the fuzz target.
#![allow(dead_code)] // each user takes its part

use dslog::fault::Fault;
use dslog::scan::engine::{Choice, Engine, Isa};
use dslog::scan::schema::Schema;
use dslog::scan::skim::{Matched, Skim};
use dslog::scan::{Hits, PathId, oracle};
use std::collections::HashMap;

/// Every instruction set that differs from the others on some processor.
pub const ISAS: [Isa; 3] = [Isa::Avx512, Isa::Avx2, Isa::Portable];

pub type Verdict = Result<Hits, Fault>;

/// The oracle's word on a line.
pub fn truth(line: &[u8], schema: &Schema) -> Verdict {
    let mut hits = Hits::default();
    oracle::parse(line, schema, &mut hits)?;
    Ok(hits)
}

/// Engines that have seen many lines, one per instruction set.
pub struct Engines<'s> {
    schema: &'s Schema,
    #[allow(clippy::struct_field_names)]
    engines: Vec<(Isa, Engine<'s>)>,
    paths_of_shape: Vec<HashMap<u32, Vec<PathId>>>,
    /// Lines checked so far, and those of them that are no JSON objects.
    pub lines: u64,
    pub malformed: u64,
}

impl<'s> Engines<'s> {
    pub fn new(schema: &'s Schema) -> Self {
        let engine = |isa| (isa, Engine::with_isa(schema, Choice::Fast, isa));
        Self {
            schema,
            engines: ISAS.map(engine).into(),
            paths_of_shape: vec![HashMap::new(); ISAS.len()],
            lines: 0,
            malformed: 0,
        }
    }

    /// How many lines were taken by stencils, by the engine that had fewest.
    pub fn compared(&self) -> u64 {
        let compared = self.engines.iter().map(|(_, engine)| engine.compared);
        compared.min().unwrap_or_default()
    }

    /// Checks a block of lines, whole or from a prefix on, and each line on its own.
    pub fn check(&mut self, block: &[u8], prefix: usize) {
        if block.is_empty() {
            return;
        }
        let wanted: Vec<(Verdict, Verdict)> = block
            .strip_suffix(b"\n")
            .unwrap_or(block)
            .split(|byte| *byte == b'\n')
            .map(|line| {
                let whole = truth(line, self.schema);
                let rest = truth(&line[prefix.min(line.len())..], self.schema);
                (whole, rest)
            })
            .collect();
        self.lines += wanted.len() as u64;
        self.malformed += wanted.iter().filter(|(whole, _)| whole.is_err()).count() as u64;
        for ((isa, engine), shapes) in self.engines.iter_mut().zip(&mut self.paths_of_shape) {
            let mut hits = Hits::default();
            let mut seen = 0;
            engine.begin();
            while let Some(range) = engine.next_line(block) {
                let line = &block[range.clone()];
                let (whole, rest) = &wanted[seen];
                seen += 1;
                let mut agree =
                    |found: Result<(), Fault>, hits: &Hits, truth: &Verdict, how: &str| {
                        let found = found.map(|()| hits.clone());
                        assert_eq!(&found, truth, "{isa:?} {how} {}", line.escape_ascii());
                        if found.is_ok() && hits.shape != 0 {
                            let paths: Vec<_> = hits.list.iter().map(|hit| hit.path).collect();
                            assert_eq!(
                                shapes.entry(hits.shape).or_insert_with(|| paths.clone()),
                                &paths
                            );
                        }
                    };
                let mut taker = Taker {
                    wanted: &[(whole.clone(), whole.clone())],
                    isa: *isa,
                    seen: 0,
                };
                let mut text = line.to_vec();
                let taken = engine.take_text(&mut text, &mut taker);
                assert_eq!((taken, &*text), (taker.seen == 1, line), "{isa:?}");
                if prefix > 0 {
                    let mut taker = Taker {
                        wanted: &[(rest.clone(), rest.clone())],
                        isa: *isa,
                        seen: 0,
                    };
                    let range = (range.start + prefix).min(range.end)..range.end;
                    let taken = engine.take_line(block, range, &mut taker);
                    assert_eq!(taken, taker.seen == 1);
                }
                if prefix > 0 {
                    let found = engine.scan_line(
                        block,
                        (range.start + prefix).min(range.end)..range.end,
                        &mut hits,
                    );
                    agree(found, &hits, rest, "after a prefix:");
                } else {
                    let found = engine.scan_line(block, range, &mut hits);
                    agree(found, &hits, whole, "in a block:");
                }
                let found = engine.scan_one(line, &mut hits);
                agree(found, &hits, whole, "alone:");
            }
            assert_eq!(seen, wanted.len(), "{isa:?}");
            if prefix == 0 {
                skim(block, &wanted, (*isa, engine));
            }
        }
    }
}

impl Engines<'_> {
    /// Checks a block of lines of which some may be envelopes of Docker's: a record that is
    /// told out of one is what stands in it. Gives how many were, by the engine that told
    /// fewest.
    pub fn check_envelopes(&mut self, block: &[u8]) -> u64 {
        if block.is_empty() {
            return 0;
        }
        let lines = block.strip_suffix(b"\n").unwrap_or(block);
        let lines = lines.split(|byte| *byte == b'\n').count() as u64;
        let mut fewest = u64::MAX;
        for (isa, engine) in &mut self.engines {
            let mut unwrapper = Unwrapper {
                schema: self.schema,
                oracle: Engine::new(self.schema, Choice::Oracle),
                isa: *isa,
                takes: false,
                told: 0,
            };
            let (mut hits, mut left) = (Hits::default(), 0);
            engine.begin();
            while let Some(range) = engine.skim(block, &mut unwrapper) {
                left += 1;
                let line = &block[range.clone()];
                if engine.scan_line(block, range, &mut hits).is_err() {
                    continue; // not told, which is right
                }
                // As the reader does it.
                let mut logs = hits.list.iter();
                let Some(log) = logs
                    .find(|hit| self.schema.is_docker_log(hit.path))
                    .copied()
                else {
                    continue; // no envelope
                };
                let (shape, mut text) = (hits.shape, Vec::new());
                if let [b'"', inner @ .., b'"'] = log.raw(line) {
                    engine.unescape(inner, &mut text);
                }
                if text.pop() == Some(b'\n') {
                    unwrapper.takes = true;
                    if !engine.take_text(&mut text, &mut unwrapper) {
                        let _ = engine.scan_text(&mut text, &mut hits);
                    }
                    unwrapper.takes = false;
                    engine.is_envelope(shape, log.path);
                }
            }
            assert_eq!(unwrapper.told + left, lines, "{isa:?}");
            fewest = fewest.min(unwrapper.told);
        }
        fewest
    }
}

/// Takes records out of envelopes, and checks them.
struct Unwrapper<'s> {
    schema: &'s Schema,
    oracle: Engine<'s>,
    isa: Isa,
    /// Whether lines are taken that stand in none.
    takes: bool,
    told: u64,
}

impl Skim for Unwrapper<'_> {
    fn take(&mut self, _line: &Matched<'_>) -> bool {
        self.takes
    }

    fn take_wrapped(&mut self, envelope: &Matched<'_>, record: &Matched<'_>) -> bool {
        let outside = truth(envelope.line(), self.schema);
        let inside = truth(record.line(), self.schema);
        for (line, verdict) in [(envelope, &outside), (record, &inside)] {
            let mut taker = Taker {
                wanted: &[(verdict.clone(), verdict.clone())],
                isa: self.isa,
                seen: 0,
            };
            taker.take(line);
        }
        let mut hits = outside.iter().flat_map(|hits| &hits.list);
        let log = hits.find(|hit| self.schema.is_docker_log(hit.path));
        let raw = log.map_or(b"".as_slice(), |log| log.raw(envelope.line()));
        let mut text = Vec::new();
        if let [b'"', inner @ .., b'"'] = raw {
            self.oracle.unescape(inner, &mut text);
        }
        let told = [record.line(), b"\n"].concat();
        assert_eq!(told, text, "{:?} {}", self.isa, raw.escape_ascii());
        self.told += 1;
        true
    }
}

/// Text as Docker writes it in a line.
pub fn in_envelope(text: &[u8]) -> Vec<u8> {
    let mut line = b"{\"log\":\"".to_vec();
    for byte in text {
        match byte {
            b'"' | b'\\' => line.extend([b'\\', *byte]),
            b'\t' => line.extend(b"\\t"),
            b'\r' => line.extend(b"\\r"),
            0..0x20 => line.extend(format!("\\u{byte:04x}").bytes()),
            byte => line.push(*byte),
        }
    }
    line.extend(br#"\n","stream":"stdout","a_key_longer_than_what_is_compared_at_once":17,"#);
    line.extend(br#""time":"2026-11-22T10:00:00.123456789Z"}"#);
    line
}

/// Takes every other line that the engine offers the short way, and checks each.
struct Taker<'w> {
    wanted: &'w [(Verdict, Verdict)],
    isa: Isa,
    seen: usize,
}

impl Skim for Taker<'_> {
    fn take(&mut self, line: &Matched<'_>) -> bool {
        let text = line.line();
        let (whole, _) = &self.wanted[self.seen];
        let mut found: Vec<_> = line
            .wanted()
            .iter()
            .map(|value| (value.path, line.raw(*value)))
            .collect();
        found.sort_unstable();
        assert!(
            whole.is_ok(),
            "{:?} skimmed: {}",
            self.isa,
            text.escape_ascii()
        );
        let Ok(truth) = whole else { return false };
        assert_eq!(truth.repeated, 0, "{:?} {}", self.isa, text.escape_ascii());
        let truth: Vec<_> = truth
            .list
            .iter()
            .map(|hit| (hit.path, hit.raw(text)))
            .collect();
        assert_eq!(found, truth, "{:?} {}", self.isa, text.escape_ascii());
        for value in line.wanted() {
            let raw = line.raw(*value);
            let content = if value.string {
                &raw[1..raw.len() - 1]
            } else {
                raw
            };
            assert_eq!(line.len(*value), content.len());
            if let Some(after) = line.following::<32>(*value) {
                let len = content.len().min(32);
                assert_eq!(after[..len], content[..len]);
            }
            if let Some((digits, places)) = line.short(*value).decimal() {
                let text = std::str::from_utf8(content).unwrap_or_default();
                let point = text.find('.').map_or(0, |at| text.len() - at - 1);
                assert_eq!(text.replace('.', "").parse(), Ok(digits), "{text}");
                assert_eq!(places as usize, point, "{text}");
            }
        }
        let taken = !(self.seen + text.len()).is_multiple_of(3);
        self.seen += usize::from(taken);
        taken
    }
}

/// The short way through a block, taken for some lines and left for others.
fn skim(block: &[u8], wanted: &[(Verdict, Verdict)], engine: (Isa, &mut Engine)) {
    let (isa, engine) = engine;
    let mut taker = Taker {
        wanted,
        isa,
        seen: 0,
    };
    let mut hits = Hits::default();
    engine.begin();
    while let Some(range) = engine.skim(block, &mut taker) {
        let line = &block[range.clone()];
        let found = engine.scan_line(block, range, &mut hits);
        let found = found.map(|()| hits.clone());
        assert_eq!(
            found,
            wanted[taker.seen].0,
            "{isa:?} left: {}",
            line.escape_ascii()
        );
        taker.seen += 1;
    }
    assert_eq!(taker.seen, wanted.len(), "{isa:?} skimmed");
}
