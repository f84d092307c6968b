//! Byte spans of a text, and the lines and columns people read.

use serde::{Deserialize, Serialize};

/// A half-open byte range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    pub start: usize,
    pub end: usize,
}

impl Span {
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// The text under the span.
    pub fn of<'a>(&self, text: &'a str) -> &'a str {
        &text[self.start..self.end]
    }
}

/// A line and a column, both counted from 1; columns count characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    pub line: usize,
    pub column: usize,
}

impl Place {
    /// The place behind a text that begins here.
    #[must_use]
    pub fn after(self, passed: &str) -> Self {
        match passed.rfind('\n') {
            Some(last) => Self {
                line: self.line + passed.bytes().filter(|byte| *byte == b'\n').count(),
                column: passed[last + 1..].chars().count() + 1,
            },
            None => Self { line: self.line, column: self.column + passed.chars().count() },
        }
    }
}

/// Where the lines of a text begin: answers many questions after one pass.
pub struct LineMap<'a> {
    text: &'a str,
    starts: Vec<usize>,
    /// The last answer: questions mostly come in order, and a line may be the whole text.
    last: std::cell::Cell<(usize, Place)>,
}

impl<'a> LineMap<'a> {
    pub fn new(text: &'a str) -> Self {
        let after_newline = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        let starts = std::iter::once(0).chain(after_newline).collect();
        Self { text, starts, last: std::cell::Cell::new((0, Place { line: 1, column: 1 })) }
    }

    /// The place of a byte offset (an offset inside a character counts as that character).
    pub fn place(&self, offset: usize) -> Place {
        let line = self.starts.partition_point(|start| *start <= offset);
        let (known, place) = self.last.get();
        let (from, column) =
            if place.line == line && known <= offset { (known, place.column) } else { (self.starts[line - 1], 1) };
        let passed = self.text[from..].char_indices().take_while(|(at, _)| from + at < offset).count();
        let found = Place { line, column: column + passed };
        if self.text.is_char_boundary(offset) {
            self.last.set((offset, found));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::{LineMap, Place};

    #[test]
    fn places_do_not_depend_on_the_order_of_the_questions() {
        let text = "ab\ncäd\n\nef";
        let offsets: Vec<usize> = (0..=text.len()).collect();
        let alone = |offset: usize| LineMap::new(text).place(offset);
        let lines = LineMap::new(text);
        for &offset in offsets.iter().chain(offsets.iter().rev()) {
            assert_eq!(lines.place(offset), alone(offset), "{offset}");
            if let Some((before, behind)) = text.split_at_checked(offset) {
                let begin = Place { line: 1, column: 1 };
                assert_eq!(begin.after(before), alone(offset), "{offset}");
                assert_eq!(begin.after(before).after(behind), alone(text.len()), "{offset}");
            }
        }
        assert_eq!(alone(text.len()), Place { line: 4, column: 3 });
    }
}
