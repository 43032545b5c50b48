//! Codes by number: an id's counts hold numbers instead of names.

use super::id::CodeIndex;
use hashbrown::HashMap;

/// Names, numbered as they came.
#[derive(Debug, Default)]
pub struct Names {
    index: HashMap<Box<str>, CodeIndex>,
    names: Vec<Box<str>>,
}

impl Names {
    /// The number of a code.
    pub fn index(&mut self, code: &str) -> CodeIndex {
        if let Some(index) = self.index.get(code) {
            return *index;
        }
        let index = self.names.len() as CodeIndex;
        self.names.push(code.into());
        self.index.insert(code.into(), index);
        index
    }

    /// The code of a number.
    pub fn name(&self, index: CodeIndex) -> &str {
        self.names.get(index as usize).map_or("", |name| name)
    }
}
