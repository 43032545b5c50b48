//! The closest names to something the catalogue does not hold.

use super::Catalog;
use super::cause::Cause;
use super::text::fold_code;
use crate::limits::MAX_NEAREST_CHARS;
use std::collections::HashSet;

impl Catalog {
    /// The rows whose code, spelling or id is closest to `query`, best first,
    /// at most `n`, one per code; empty if nothing is close.
    pub fn nearest(&self, query: &str, n: usize) -> Vec<&Cause> {
        let wanted: Vec<char> = fold_code(query.trim())
            .chars()
            .take(MAX_NEAREST_CHARS)
            .collect();
        if wanted.len() < 2 {
            return Vec::new();
        }
        let wanted_text: String = wanted.iter().collect();
        let mut scored: Vec<(usize, usize)> = Vec::new();
        for (index, cause) in self.causes().iter().enumerate() {
            let best = cause
                .all_spellings()
                .chain([&*cause.id])
                .filter_map(|name| distance_score(&wanted, &wanted_text, &fold_code(name)))
                .min();
            if let Some(score) = best {
                scored.push((score, index));
            }
        }
        scored.sort_unstable();
        let mut seen = HashSet::new();
        scored
            .into_iter()
            .map(|(_, index)| self.cause_at(index))
            .filter(|cause| {
                seen.insert((
                    cause.provider,
                    if cause.code.is_empty() {
                        &cause.id
                    } else {
                        &cause.code
                    },
                ))
            })
            .take(n)
            .collect()
    }
}

/// Smaller is closer; `None` is too far to be meant.
fn distance_score(wanted: &[char], wanted_text: &str, name: &str) -> Option<usize> {
    let letters: Vec<char> = name.chars().collect();
    let longer = letters.len().max(wanted.len());
    let part = wanted.len().min(letters.len()) >= 4
        && (name.contains(wanted_text) || wanted_text.contains(name));
    let distance = edits(wanted, &letters);
    let relative = distance * 100 / longer.max(1);
    if part {
        return Some(relative / 2);
    }
    (relative <= 40).then_some(relative)
}

/// Levenshtein distance, in edits.
fn edits(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (y, cell) in b.iter().zip(row.iter_mut().skip(1)) {
            let substituted = diagonal + usize::from(x != y);
            diagonal = *cell;
            left = substituted.min(diagonal + 1).min(left + 1);
            *cell = left;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_edits() {
        let chars = |s: &str| s.chars().collect::<Vec<_>>();
        assert_eq!(edits(&chars("kitten"), &chars("sitting")), 3);
        assert_eq!(edits(&chars(""), &chars("abc")), 3);
        assert_eq!(edits(&chars("abc"), &chars("")), 3);
    }
}
