//! What was met in a line, forgotten in one step.

/// Which numbers were met in the current line.
#[derive(Default)]
pub(super) struct Seen {
    line: u32,
    last: Vec<u32>,
}

impl Seen {
    pub fn next_line(&mut self) {
        self.line = self.line.wrapping_add(1);
        if self.line == 0 {
            self.last.fill(0);
            self.line = 1;
        }
    }

    pub fn first_time(&mut self, number: usize) -> bool {
        if number >= self.last.len() {
            self.last.resize(number + 1, 0);
        }
        self.last
            .get_mut(number)
            .is_some_and(|last| std::mem::replace(last, self.line) != self.line)
    }
}
