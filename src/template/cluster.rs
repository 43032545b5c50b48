//! Joins masked texts that differ in a few words only.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::mask::WILDCARD;

/// One template, as interned words.
struct Template {
    words: Vec<u32>,
    members: Vec<usize>,
}

/// The template of each masked text, in the manner of Drain: texts of as many words, of
/// which at least two thirds are equal, become one, with [`WILDCARD`] where they differ.
///
/// Texts are taken in the order of their bytes, whatever their counts, so neither the order
/// of the input nor the growth of a log renames a template.
pub fn cluster(masked: impl Iterator<Item = (String, u64)>) -> BTreeMap<String, String> {
    let texts: Vec<String> = masked
        .map(|(text, _)| text)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    // Words as numbers, the wildcard first: comparing is what this function does most.
    let mut numbers: HashMap<&str, u32> = HashMap::from([(WILDCARD, 0)]);
    let mut spelling = vec![WILDCARD];
    let mut by_length: BTreeMap<usize, Vec<Template>> = BTreeMap::new();
    for (index, text) in texts.iter().enumerate() {
        let words: Vec<u32> = text
            .split_ascii_whitespace()
            .map(|word| {
                *numbers.entry(word).or_insert_with(|| {
                    spelling.push(word);
                    (spelling.len() - 1) as u32
                })
            })
            .collect();
        let templates = by_length.entry(words.len()).or_default();
        // The most alike; of equals the first.
        let best = templates
            .iter_mut()
            .map(|template| (equal_words(&template.words, &words), template))
            .filter(|(equal, _)| 3 * equal >= 2 * words.len())
            .reduce(|best, next| if next.0 > best.0 { next } else { best });
        match best {
            Some((_, template)) => {
                for (mine, theirs) in template.words.iter_mut().zip(&words) {
                    if mine != theirs {
                        *mine = 0;
                    }
                }
                template.members.push(index);
            }
            None => templates.push(Template {
                words,
                members: vec![index],
            }),
        }
    }
    let mut result = BTreeMap::new();
    for template in by_length.into_values().flatten() {
        let text = spell(&template.words, &spelling);
        for text_of in template
            .members
            .iter()
            .filter_map(|index| texts.get(*index))
        {
            result.insert(text_of.clone(), text.clone());
        }
    }
    result
}

/// Words equal in place. A wildcard equals only a wildcard, so a template cannot drift
/// until it swallows everything.
fn equal_words(a: &[u32], b: &[u32]) -> usize {
    a.iter().zip(b).filter(|(a, b)| a == b).count()
}

/// The template as text, neighbouring wildcards as one.
fn spell(words: &[u32], spelling: &[&str]) -> String {
    let mut words = words.to_vec();
    words.dedup_by(|a, b| *a == 0 && *b == 0);
    let words: Vec<&str> = words
        .iter()
        .filter_map(|word| spelling.get(*word as usize).copied())
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn templates(texts: &[&str]) -> BTreeMap<String, String> {
        cluster(texts.iter().map(|text| ((*text).to_owned(), 1)))
    }

    #[test]
    fn texts_that_differ_in_a_word_are_one() {
        let result = templates(&[
            "user alice has no access",
            "user bob has no access",
            "disk full",
        ]);
        assert_eq!(result["user alice has no access"], "user <*> has no access");
        assert_eq!(result["user bob has no access"], "user <*> has no access");
        assert_eq!(result["disk full"], "disk full");
    }

    #[test]
    fn order_does_not_matter_and_nothing_drifts() {
        let mut texts: Vec<String> = Vec::new();
        for a in ["alpha", "beta", "gamma"] {
            for b in ["one", "two", "three"] {
                for c in ["red", "green", "blue"] {
                    texts.push(format!("{a} {b} {c} stays the same here"));
                    texts.push(format!("{a} {b} {c} is another kind entirely"));
                }
            }
        }
        let forwards = cluster(texts.iter().map(|t| (t.clone(), 1)));
        let backwards = cluster(texts.iter().rev().map(|t| (t.clone(), 7)));
        assert_eq!(forwards, backwards);
        assert!(
            forwards
                .values()
                .all(|t| t.ends_with("stays the same here")
                    || t.ends_with("is another kind entirely"))
        );
    }

    #[test]
    fn ten_thousand_values_are_one_template_of_one_wildcard() {
        let word = |n: u32| {
            n.to_string()
                .bytes()
                .map(|b| char::from(b - b'0' + b'a'))
                .collect::<String>()
        };
        let result =
            cluster((0..10_000).map(|n| (format!("no route to {} {} found", word(n), word(n)), 1)));
        let distinct: BTreeSet<_> = result.values().collect();
        assert_eq!(
            distinct.into_iter().collect::<Vec<_>>(),
            ["no route to <*> found"]
        );
    }
}
