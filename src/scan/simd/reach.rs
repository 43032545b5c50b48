//! Some bytes at any place of a text, for one comparison.
#![allow(unsafe_code)]

use std::marker::PhantomData;

/// A text of which `N` bytes are looked at together.
#[derive(Clone, Copy)]
pub(in crate::scan) struct Reach<'t, const N: usize> {
    text: *const u8,
    /// The last place that has `N` bytes from there on.
    last: usize,
    lives: PhantomData<&'t [u8]>,
}

impl<'t, const N: usize> Reach<'t, N> {
    /// `None` if the text is shorter than that.
    pub fn new(text: &'t [u8]) -> Option<Self> {
        Some(Self {
            text: text.as_ptr(),
            last: text.len().checked_sub(N)?,
            lives: PhantomData,
        })
    }

    /// The bytes from `at` on, if there are so many.
    #[inline(always)]
    pub fn at(self, at: usize) -> Option<&'t [u8; N]> {
        if at > self.last {
            return None;
        }
        // SAFETY: the text, which is borrowed for `'t`, has `N` bytes from `last` on, hence from
        // `at` on; bytes need no alignment.
        Some(unsafe { &*self.text.add(at).cast() })
    }

    /// The bytes from `at + more` on, if there are so many. Of the two, `more` is known sooner:
    /// with it the place is looked up, so that `at` waits for no addition.
    #[inline(always)]
    pub fn behind(self, at: usize, more: usize) -> Option<&'t [u8; N]> {
        if at.saturating_add(more) > self.last {
            return None;
        }
        // SAFETY: as above for the sum, hence for `more` alone.
        Some(unsafe { &*self.text.add(more).add(at).cast() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_what_get_gives() {
        let text: Vec<u8> = (0..40).collect();
        for len in 0..text.len() {
            let text = &text[..len];
            let reach = Reach::<8>::new(text);
            assert_eq!(reach.is_some(), len >= 8);
            for at in (0..50).chain([usize::MAX - 3, usize::MAX]) {
                let there = text.get(at..).and_then(<[u8]>::first_chunk);
                assert_eq!(reach.and_then(|reach| reach.at(at)), there);
                for run in [0, 1, 7, at / 2, at].map(|run| run.min(at)) {
                    let behind = reach.and_then(|reach| reach.behind(at - run, run));
                    assert_eq!(behind, there);
                }
                assert_eq!(reach.and_then(|reach| reach.behind(at, usize::MAX)), None);
            }
        }
    }
}
