//! Places in the text of a file, as people count them: lines and characters from one.

use std::fmt;
use std::ops::Range;

use super::text::Shown;

/// Where something stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file, as it was named to the reader.
    pub file: String,
    /// The line, from 1; 0 means the file as a whole.
    pub line: usize,
    /// The column in characters, from 1; 0 where the line is 0.
    pub column: usize,
}

impl Place {
    /// The file as a whole.
    #[must_use]
    pub fn file(file: &str) -> Self {
        Self { file: file.to_owned(), line: 0, column: 0 }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", Shown::path(&self.file))?;
        match self.line {
            0 => Ok(()),
            line => write!(out, ":{line}:{}", self.column),
        }
    }
}

/// A stretch of bytes of one file of a set.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Spot {
    /// The file's index in the set.
    pub(crate) file: usize,
    /// The first byte.
    pub(crate) start: usize,
    /// The byte after the last one.
    pub(crate) end: usize,
}

impl Spot {
    /// Takes a stretch of the file with this index.
    pub(crate) fn new(file: usize, span: Range<usize>) -> Self {
        Self { file, start: span.start, end: span.end }
    }
}

/// The lines of a text. Finding a place costs the same wherever it is, also in a line of a million characters.
pub(crate) struct Lines<'a> {
    text: &'a str,
    /// The first byte of each line.
    starts: Vec<usize>,
    /// How many characters begin before each multiple of [`STRIDE`](Self::STRIDE) bytes.
    marks: Vec<usize>,
}

impl<'a> Lines<'a> {
    const STRIDE: usize = 256;
    const BYTE_ORDER_MARK: char = '\u{feff}';

    /// Counts the lines and characters of a text once.
    pub(crate) fn new(text: &'a str) -> Self {
        let after_mark = text.len() - text.trim_start_matches(Self::BYTE_ORDER_MARK).len();
        let newlines = text.bytes().enumerate().filter(|&(_, byte)| byte == b'\n').map(|(at, _)| at + 1);
        let starts = std::iter::once(after_mark).chain(newlines).collect();
        let mut marks = vec![0];
        let mut characters = 0;
        for chunk in text.as_bytes().chunks(Self::STRIDE) {
            characters += begun(chunk);
            marks.push(characters);
        }
        Self { text, starts, marks }
    }

    /// The index of the line that holds a byte.
    pub(crate) fn line(&self, offset: usize) -> usize {
        self.starts.partition_point(|&start| start <= offset).saturating_sub(1)
    }

    /// The bytes of a line without its end.
    pub(crate) fn span(&self, line: usize) -> Range<usize> {
        let start = self.starts.get(line).copied().unwrap_or(self.text.len());
        let end = self.starts.get(line + 1).map_or(self.text.len(), |next| next - 1);
        start..end.max(start)
    }

    /// The text of a line without its end.
    pub(crate) fn text(&self, line: usize) -> &'a str {
        let text = self.text.get(self.span(line)).unwrap_or_default();
        text.strip_suffix('\r').unwrap_or(text)
    }

    /// The column of a byte in its line, from 1.
    pub(crate) fn column(&self, offset: usize) -> usize {
        let start = self.span(self.line(offset)).start;
        self.characters_before(offset).saturating_sub(self.characters_before(start)) + 1
    }

    fn characters_before(&self, offset: usize) -> usize {
        let offset = offset.min(self.text.len());
        let stride = offset / Self::STRIDE;
        let rest = self.text.as_bytes().get(stride * Self::STRIDE..offset).unwrap_or_default();
        self.marks.get(stride).copied().unwrap_or_default() + begun(rest)
    }
}

/// Counts the characters that begin in a piece of UTF-8.
fn begun(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&byte| byte & 0xc0 != 0x80).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_characters_in_lines_longer_than_the_stride() {
        let text = format!("first\n{}x\r\nlast", "ü".repeat(1000));
        let lines = Lines::new(&text);
        let x = text.find('x').unwrap();
        assert_eq!((lines.line(x), lines.column(x)), (1, 1001));
        let last = text.find("last").unwrap();
        assert_eq!((lines.line(last), lines.column(last), lines.text(2)), (2, 1, "last"));
        assert_eq!(lines.column(text.len()), 5);
        assert!(lines.text(1).ends_with('x'));
    }

    #[test]
    fn a_byte_order_mark_is_no_column() {
        let lines = Lines::new("\u{feff}ab");
        assert_eq!((lines.line(3), lines.column(3), lines.text(0)), (0, 1, "ab"));
        assert_eq!(lines.line(0), 0);
    }
}
