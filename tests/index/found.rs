//! What is found through an index.

use crate::util::numbers::Numbers;
use crate::util::report;
use dslog::grep::locate::{Candidates, IdHash, Locate};
use dslog::index::{Indexes, Place, meaning};
use dslog::input::{Input, Opened};
use std::fs;
use std::path::Path;

pub fn indexes() -> Indexes {
    Indexes {
        place: Place::default(),
        meaning: meaning(&[]),
        ..Indexes::default()
    }
}

pub fn run_index(args: &[&str]) -> serde_json::Value {
    let mut all = vec!["index", "--format", "json", "-q"];
    all.extend(args);
    report(&all)
}

pub fn build(log: &Path) -> serde_json::Value {
    run_index(&[log.to_str().unwrap()])["indexes"][0].clone()
}

/// Through the index, lines are found by their ids (every `step`th is tried); how many
/// bytes of the log that takes, on average.
#[track_caller]
pub fn check_present(log: &Path, lines: &[(u64, u64, String)], step: usize, what: &str) -> u64 {
    let (indexes, input) = (indexes(), Input::file(log));
    let (mut read, mut tried) = (0, 0);
    for (at, _, id) in lines.iter().rev().step_by(step) {
        tried += 1;
        match indexes.candidates(&input, &[IdHash::of(id)]) {
            Candidates::All => {}
            Candidates::Parts(parts) => {
                let here = parts.iter().any(|part| part.input.range.contains(at));
                assert!(here, "{what}: {id} at {at} was not found");
                read += parts
                    .iter()
                    .map(|p| p.input.range.end.min(1 << 40) - p.input.range.start)
                    .sum::<u64>();
            }
        }
    }
    read / u64::max(tried, 1)
}

/// Of ids that are not there, how many cost a look into the log all the same.
pub fn looks_for_absent(log: &Path, count: usize) -> usize {
    let (indexes, input) = (indexes(), Input::file(log));
    let mut numbers = Numbers(0xdead);
    (0..count)
        .filter(|_| {
            let hash = IdHash::of(&numbers.id());
            !matches!(indexes.candidates(&input, &[hash]), Candidates::Parts(parts) if parts.is_empty())
        })
        .count()
}

pub fn is_trusted(log: &Path) -> bool {
    matches!(
        indexes().candidates(&Input::file(log), &[]),
        Candidates::Parts(_)
    )
}

/// What a part of a log holds, read as a search would.
pub fn read_part(input: &Input) -> Vec<u8> {
    let range = input.range.clone();
    match input.open().unwrap() {
        Opened::Empty => Vec::new(),
        Opened::Plain { .. } => {
            let all = fs::read(input.file_path().unwrap()).unwrap();
            all[range.start as usize..(range.end as usize).min(all.len())].to_vec()
        }
        Opened::Stream(mut decoder) => {
            let mut at = decoder.byte_offset();
            let (mut space, mut part) = (vec![0; 1 << 16], Vec::new());
            while at < range.end {
                let n = decoder.read(&mut space).unwrap();
                if n == 0 {
                    break;
                }
                let skip = range.start.saturating_sub(at).min(n as u64) as usize;
                let take = (range.end - at).min(n as u64) as usize;
                part.extend_from_slice(&space[skip.min(take)..take]);
                at += n as u64;
            }
            part
        }
    }
}
