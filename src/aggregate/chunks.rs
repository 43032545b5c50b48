//! A list that grows without moving what it holds.
//!
//! A vector that doubles is copied each time, and leaves holes of memory behind: with tens of
//! megabytes of ids in 64 tables, a fifth of all that the process touches. Here memory is
//! taken a chunk at a time.

/// Entries of a chunk at most; a power of two. The first one grows up to that like a vector, as
/// most lists are short.
pub(super) const CHUNK: usize = 4096;

/// A list. Each entry has a number: numbers ascend, but some may belong to none.
#[derive(Debug)]
pub(super) struct Chunks<T> {
    chunks: Vec<Vec<T>>,
    /// Entries of all but the last.
    before_last: usize,
}

impl<T> Default for Chunks<T> {
    fn default() -> Self {
        Self {
            chunks: Vec::new(),
            before_last: 0,
        }
    }
}

impl<T> Chunks<T> {
    /// How many entries.
    #[inline]
    pub fn len(&self) -> usize {
        self.before_last + self.chunks.last().map_or(0, Vec::len)
    }

    /// The number that the next entry will have.
    #[inline]
    pub fn next_number(&self) -> usize {
        match self.chunks.split_last() {
            Some((last, others)) => others.len() * CHUNK + last.len(),
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
        self.append(chunk);
    }

    /// Adds a chunk, of [`CHUNK`] entries at most.
    pub fn append(&mut self, chunk: Vec<T>) {
        debug_assert!(chunk.len() <= CHUNK);
        self.before_last = self.len();
        self.chunks.push(chunk);
    }

    /// The number that the first entry of the next chunk will have.
    pub fn next_chunk(&self) -> usize {
        self.chunks.len() * CHUNK
    }

    #[inline]
    pub fn get(&self, number: usize) -> Option<&T> {
        self.chunks.get(number / CHUNK)?.get(number % CHUNK)
    }

    #[inline]
    pub fn get_mut(&mut self, number: usize) -> Option<&mut T> {
        self.chunks.get_mut(number / CHUNK)?.get_mut(number % CHUNK)
    }

    /// All entries and their numbers.
    pub fn numbered(&self) -> impl Iterator<Item = (usize, &T)> {
        let chunks = self.chunks.iter().enumerate();
        chunks.flat_map(|(number, chunk)| (number * CHUNK..).zip(chunk))
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
            assert_eq!(chunks.next_number(), len);
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

    #[test]
    fn takes_chunks_in() {
        let mut chunks = Chunks::default();
        chunks.push(1);
        assert_eq!(chunks.next_chunk(), CHUNK);
        chunks.append(vec![2, 3]);
        chunks.push(4);
        chunks.append(Vec::new());
        let numbered = [(0, 1), (CHUNK, 2), (CHUNK + 1, 3), (CHUNK + 2, 4)];
        assert!(
            chunks
                .numbered()
                .map(|(number, entry)| (number, *entry))
                .eq(numbered)
        );
        assert_eq!((chunks.len(), chunks.next_number()), (4, 2 * CHUNK));
        assert_eq!(chunks.get(1), None);
    }
}
