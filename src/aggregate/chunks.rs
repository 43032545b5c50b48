//! A list that grows without moving what it holds.
//!
//! A vector that doubles is copied each time, and leaves holes of memory behind: with tens of
//! megabytes of ids in 64 tables, a fifth of all that the process touches. Here memory is
//! taken a chunk at a time.

/// Entries of a chunk; a power of two. The first one grows up to that like a vector, as most
/// lists are short.
const CHUNK: usize = 1024;

/// A list.
#[derive(Debug)]
pub(super) struct Chunks<T> {
    /// All full, but for the last.
    chunks: Vec<Vec<T>>,
}

impl<T> Default for Chunks<T> {
    fn default() -> Self {
        Self { chunks: Vec::new() }
    }
}

impl<T> Chunks<T> {
    /// How many entries.
    #[inline]
    pub fn len(&self) -> usize {
        match self.chunks.split_last() {
            Some((last, full)) => full.len() * CHUNK + last.len(),
            None => 0,
        }
    }

    #[inline]
    pub fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// Adds an entry behind the others.
    #[inline]
    pub fn push(&mut self, entry: T) {
        match self.chunks.last_mut() {
            Some(last) if last.len() < CHUNK => last.push(entry),
            _ => self.begin_chunk(entry),
        }
    }

    #[cold]
    fn begin_chunk(&mut self, entry: T) {
        let capacity = if self.chunks.is_empty() { 1 } else { CHUNK };
        let mut chunk = Vec::with_capacity(capacity);
        chunk.push(entry);
        self.chunks.push(chunk);
    }

    #[inline]
    pub fn get(&self, number: usize) -> Option<&T> {
        self.chunks.get(number / CHUNK)?.get(number % CHUNK)
    }

    #[inline]
    pub fn get_mut(&mut self, number: usize) -> Option<&mut T> {
        self.chunks.get_mut(number / CHUNK)?.get_mut(number % CHUNK)
    }

    /// All entries as one vector, if they have to be moved about.
    pub fn into_vec(self) -> Vec<T> {
        let mut all = Vec::with_capacity(self.len());
        all.extend(self);
        all
    }
}

impl<T> IntoIterator for Chunks<T> {
    type Item = T;
    type IntoIter = std::iter::Flatten<std::vec::IntoIter<Vec<T>>>;

    /// The entries in order; each chunk is given back once it has been passed.
    fn into_iter(self) -> Self::IntoIter {
        self.chunks.into_iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_a_list() {
        for len in [
            0,
            1,
            2,
            CHUNK - 1,
            CHUNK,
            CHUNK + 1,
            3 * CHUNK,
            3 * CHUNK + 7,
        ] {
            let mut chunks = Chunks::default();
            for number in 0..len {
                assert_eq!(chunks.len(), number);
                chunks.push(number);
            }
            assert_eq!((chunks.len(), chunks.is_empty()), (len, len == 0));
            for number in 0..len {
                assert_eq!(chunks.get(number), Some(&number));
                *chunks.get_mut(number).unwrap() += 1;
            }
            assert_eq!(chunks.get(len), None);
            assert_eq!(chunks.get_mut(len), None);
            let all: Vec<usize> = (1..=len).collect();
            if len % 2 == 0 {
                assert_eq!(chunks.into_vec(), all);
            } else {
                assert!(chunks.into_iter().eq(all));
            }
        }
    }
}
