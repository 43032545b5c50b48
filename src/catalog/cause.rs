//! One row of the catalogue, as the program sees it.

use super::schema::Checked;
use super::text;
use super::words::{Kind, Provider, Retry, Who};
use crate::lang::Lang;
use memchr::memmem;
use std::borrow::Cow;

/// Text that is static in shipped rows and owned in rows from `--catalogue`.
type Text = Cow<'static, str>;
/// A list of the same kind.
type List<T> = Cow<'static, [T]>;

/// One cause: a reason for failing, with what it means and what to do.
#[derive(Clone, Debug)]
pub struct Cause {
    /// Stable name, never changed; `throttling.rate-quota`.
    pub id: Text,
    /// Whose error it is.
    pub provider: Provider,
    /// The code's canonical spelling; empty where the error comes without one.
    pub code: Text,
    /// Every other spelling of the code.
    pub spellings: List<Text>,
    /// Codes that the row explains too, but which are codes of their own and
    /// are reported as written; `*` at either end is a wildcard.
    pub covers: List<Text>,
    /// HTTP statuses that are documented or were seen with this cause; may be empty.
    pub statuses: List<i32>,
    /// Statuses, first and last, that the row explains when nothing more exact does.
    pub range: Option<[i32; 2]>,
    /// Whether the row explains a failure that has neither status nor code.
    pub no_status: bool,
    /// Patterns of its messages; may be empty.
    pub messages: List<Pattern>,
    /// What sort of failure it is.
    pub kind: Kind,
    /// Whether to try again.
    pub retry: Retry,
    /// Who must act.
    pub who: Who,
    /// Whether the row stands for its code when the message does not decide.
    pub generic: bool,
    /// Statuses with which it does so in the generic row's stead.
    pub when_status: List<i32>,
    /// Whether the code says so little that a known message of any row decides.
    pub wrapper: bool,
    pub(super) meaning: [Text; 2],
    pub(super) advice: [Text; 2],
    /// Letters of the sources, explained in the data files; may be empty.
    pub source: Text,
    /// When the source was last read; may be empty.
    pub dated: Text,
    /// False: observed by others, not confirmed.
    pub confirmed: bool,
    /// Address in the provider's error page; may be empty.
    pub doc: Text,
    /// Whether it came from `--catalogue FILE`.
    pub own: bool,
}

impl Cause {
    /// What has happened, in one or two sentences.
    pub fn meaning(&self, lang: Lang) -> &str {
        pick(&self.meaning, lang)
    }

    /// What to do about it.
    pub fn advice(&self, lang: Lang) -> &str {
        pick(&self.advice, lang)
    }

    /// Whether the row explains a bare status, of whatever provider.
    pub fn is_bare_status(&self) -> bool {
        self.provider == Provider::Http
    }

    /// The canonical code and every other spelling; nothing where there is no code.
    pub fn all_spellings(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&*self.code)
            .filter(|code| !code.is_empty())
            .chain(self.spellings.iter().map(|s| &**s))
    }

    /// A row of a user's own file.
    pub(super) fn from_checked(checked: Checked) -> Self {
        let Checked {
            row,
            provider,
            patterns,
            ..
        } = checked;
        let texts =
            |list: Vec<String>| -> List<Text> { list.into_iter().map(Cow::Owned).collect() };
        let messages = row
            .messages
            .iter()
            .zip(patterns)
            .map(|(written, p)| Pattern {
                written: Cow::Owned(text::unmarked(written).to_string()),
                pieces: texts(p.pieces),
                whole: p.whole,
                coded: p.coded,
                called: p.called,
            })
            .collect();
        Self {
            id: row.id.into(),
            provider,
            code: row.code.into(),
            spellings: texts(row.spellings),
            covers: texts(row.covers),
            statuses: row.statuses.into(),
            range: row.range,
            no_status: row.no_status,
            messages,
            kind: row.kind,
            retry: row.retry,
            who: row.who,
            generic: row.generic,
            when_status: row.when_status.into(),
            wrapper: row.wrapper,
            meaning: [row.en.meaning.into(), row.zh.meaning.into()],
            advice: [row.en.advice.into(), row.zh.advice.into()],
            source: row.source.into(),
            dated: row.dated.into(),
            confirmed: row.confirmed,
            doc: row.doc.into(),
            own: true,
        }
    }
}

fn pick(texts: &[Text; 2], lang: Lang) -> &str {
    let [en, zh] = texts;
    lang.pick(en, zh)
}

/// One pattern of a message; `<*>` stands for any text.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// As written in the data file, without its mark.
    pub written: Text,
    /// The normalised literal texts between the wildcards; never empty.
    pub(super) pieces: List<Text>,
    /// Whether the pattern must be the whole message.
    pub whole: bool,
    /// Whether it counts only beside its row's code.
    pub coded: bool,
    /// Whether it counts only where a call is known to have failed.
    pub called: bool,
}

impl Pattern {
    /// The piece to search for first.
    pub(super) fn longest_piece(&self) -> &str {
        self.pieces
            .iter()
            .max_by_key(|piece| piece.len())
            .map_or("", |piece| &**piece)
    }

    /// How well the pattern fits, in literal bytes matched; `None` if it does not.
    pub(super) fn fit(&self, message: &Message) -> Option<usize> {
        let (last, before) = self.pieces.split_last()?;
        let mut rest = if self.whole {
            message.whole()
        } else {
            &*message.normal
        };
        for (i, piece) in before.iter().enumerate() {
            rest = if self.whole && i == 0 {
                rest.strip_prefix(&**piece)?
            } else {
                after(rest, piece, i == 0, false)?
            };
        }
        if self.whole {
            let ends = if before.is_empty() {
                rest == last
            } else {
                rest.ends_with(&**last)
            };
            ends.then_some(())?;
        } else {
            after(rest, last, before.is_empty(), true)?;
        }
        Some(self.pieces.iter().map(|piece| piece.len()).sum())
    }
}

/// What follows the first occurrence of `piece` that begins (`left`) and ends
/// (`right`) where a word does.
fn after<'t>(text: &'t str, piece: &str, left: bool, right: bool) -> Option<&'t str> {
    let word = |byte: Option<&u8>| byte.is_some_and(|&b| b.is_ascii_alphanumeric() || b == b'_');
    let (bytes, needle) = (text.as_bytes(), piece.as_bytes());
    for start in memmem::find_iter(bytes, needle) {
        let end = start + needle.len();
        let before = start.checked_sub(1).and_then(|i| bytes.get(i));
        let torn_left = left && word(needle.first()) && word(before);
        let torn_right = right && word(needle.last()) && word(bytes.get(end));
        if !torn_left && !torn_right {
            return text.get(end..);
        }
    }
    None
}

/// A log's message, made comparable once.
#[derive(Debug)]
pub(super) struct Message {
    /// The whole message, normalised.
    pub(super) normal: String,
    /// Where in `normal` the text begins that follows a `<400> Code:` prefix.
    body_start: usize,
}

impl Message {
    /// `None` if nothing is left to compare.
    pub(super) fn new(raw: &str, prefix_bytes: usize) -> Option<Self> {
        let mut end = raw.len().min(crate::limits::MAX_MATCHED_MESSAGE_BYTES);
        while !raw.is_char_boundary(end) {
            end -= 1;
        }
        let raw = raw.get(..end).unwrap_or(raw);
        let normal = text::normalise(raw);
        if normal.is_empty() {
            return None;
        }
        let prefix = raw
            .get(..prefix_bytes)
            .map_or(0, |prefix| text::normalise(prefix).len());
        Some(Self {
            normal,
            body_start: prefix,
        })
    }

    /// What a whole-message pattern is compared with.
    fn whole(&self) -> &str {
        text::core(
            self.normal
                .get(self.body_start..)
                .unwrap_or(&self.normal)
                .trim_start(),
        )
    }
}
