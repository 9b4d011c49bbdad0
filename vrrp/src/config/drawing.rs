//! The line of a problem with a caret under what is wrong, at most 80 columns wide.

use std::fmt;

use super::text::{columns, picture};

/// A part of a line and what is marked in it, in terminal columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Drawing {
    line: usize,
    text: String,
    before: usize,
    marked: usize,
}

/// Columns that are left of 80 once the line number stands there.
const WIDTH: usize = 72;
/// Columns before the mark up to which a line is shown from its beginning.
const LEAD: usize = 48;
/// Columns before the mark where the beginning is left out.
const SHORT_LEAD: usize = 24;
const TAB: usize = 4;
/// Bytes that are looked at for each column: a text of marks that take no column ends too.
const BYTES: usize = 8;

impl Drawing {
    /// Draws line number `line`, from 1, with the bytes `start` to `end` of its text marked. An empty stretch is a caret.
    pub(crate) fn new(line: usize, text: &str, start: usize, end: usize) -> Self {
        let start = boundary(text, start);
        let end = boundary(text, end).max(start);
        let (head, tail) = text.split_at(start);
        let mut canvas = Canvas::default();
        canvas.lead(head);
        let before = canvas.width;
        canvas.fill(tail, end - start);
        Self { line, text: canvas.text, before, marked: canvas.marked.max(1) }
    }
}

impl fmt::Display for Drawing {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{:>5} | {}", self.line, self.text)?;
        let gutter = self.line.to_string().len().max(5);
        write!(out, "{:gutter$} | {:before$}{:^<marked$}", "", "", "", before = self.before, marked = self.marked)
    }
}

#[derive(Default)]
struct Canvas {
    text: String,
    width: usize,
    marked: usize,
}

impl Canvas {
    /// Writes what stands before the mark: all of it where that is short, else the end of it.
    fn lead(&mut self, head: &str) {
        let mut shown = end_of(head, LEAD);
        if shown.len() < head.len() {
            shown = end_of(head, SHORT_LEAD);
            self.push('…', 1);
        }
        for character in shown.chars() {
            let (shown, width) = cell(character);
            self.push(shown, width);
        }
    }

    /// Writes the mark, `marked` bytes of `tail`, and what fits behind it.
    fn fill(&mut self, tail: &str, marked: usize) {
        for (at, character) in tail.char_indices() {
            let (shown, width) = cell(character);
            let last = tail.len() == at + character.len_utf8();
            if self.width + width + usize::from(!last) > WIDTH || at > WIDTH * BYTES {
                self.push('…', 1);
                break;
            }
            self.push(shown, width);
            if at < marked {
                self.marked += width;
            }
        }
        let trimmed = self.text.trim_end().len();
        self.text.truncate(trimmed);
    }

    fn push(&mut self, shown: char, width: usize) {
        match shown {
            '\t' => self.text.push_str(&" ".repeat(width)),
            _ => self.text.push(shown),
        }
        self.width += width;
    }
}

/// What is drawn for a character, and its width. A tab is spaces.
fn cell(character: char) -> (char, usize) {
    match character {
        '\t' => ('\t', TAB),
        _ => {
            let shown = picture(character);
            (shown, columns(shown))
        }
    }
}

/// The longest end of a text that is at most `limit` columns wide.
fn end_of(text: &str, limit: usize) -> &str {
    let mut width = 0;
    let mut from = text.len();
    for (at, character) in text.char_indices().rev() {
        width += cell(character).1;
        if width > limit || text.len() - at > limit * BYTES {
            break;
        }
        from = at;
    }
    text.get(from..).unwrap_or(text)
}

/// The nearest beginning of a character at or before a byte.
fn boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(text: &str, marked: &str) -> String {
        let start = text.find(marked).unwrap();
        Drawing::new(7, text, start, start + marked.len()).to_string()
    }

    #[test]
    fn tabs_and_wide_characters_keep_the_caret_below_its_text() {
        assert_eq!(drawn("\tvrid = 0", "0"), "    7 |     vrid = 0\n      |            ^");
        assert_eq!(drawn("名 = \"東京\" # x", "\"東京\""), "    7 | 名 = \"東京\" # x\n      |      ^^^^^^");
        assert_eq!(drawn("e\u{301} = 5", "5"), "    7 | e\u{301} = 5\n      |     ^");
    }

    #[test]
    fn a_long_line_is_cut_around_the_mark() {
        let text = format!("addresses = [{}\"bad\", {}]", "\"192.0.2.1/24\", ".repeat(1000), "\"x\", ".repeat(1000));
        let drawing = drawn(&text, "\"bad\"");
        for line in drawing.lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
        assert_eq!(drawing.lines().next().unwrap().find('…'), Some(8));
        assert!(drawing.lines().next().unwrap().ends_with('…'));
        let caret = drawing.lines().nth(1).unwrap().find('^').unwrap();
        assert_eq!(drawing.lines().next().unwrap().chars().skip(caret).take(5).collect::<String>(), "\"bad\"");
    }

    #[test]
    fn controls_are_pictures_and_an_empty_stretch_is_one_caret() {
        assert_eq!(drawn("a = \x1b[0m", "\x1b"), "    7 | a = ␛[0m\n      |     ^");
        assert_eq!(Drawing::new(123_456, "a =", 3, 3).to_string(), "123456 | a =\n       |    ^");
    }
}
