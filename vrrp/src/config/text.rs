//! Text of strangers, made fit for a terminal: no control character passes, nothing is endless.

use std::fmt;

use unicode_width::UnicodeWidthChar as _;

/// A piece of somebody's text in a message: shortened, and with every character that could act on a terminal replaced.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shown<'a> {
    text: &'a str,
    longest: usize,
}

impl<'a> Shown<'a> {
    /// A name or a value: 48 characters.
    pub(crate) const fn new(text: &'a str) -> Self {
        Self { text, longest: 48 }
    }

    /// A path: 255 characters.
    pub(crate) const fn path(text: &'a str) -> Self {
        Self { text, longest: 255 }
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        let mut characters = self.text.chars();
        for character in characters.by_ref().take(self.longest) {
            out.write_char(picture(character))?;
        }
        match characters.next() {
            Some(_) => out.write_char('…'),
            None => Ok(()),
        }
    }
}

/// Joins words as people do: `a`, `a or b`, `a, b or c`.
pub(crate) fn listed(mut words: Vec<String>, conjunction: &str) -> String {
    match words.pop() {
        None => String::new(),
        Some(last) if words.is_empty() => last,
        Some(last) => format!("{} {conjunction} {last}", words.join(", ")),
    }
}

/// Text of strangers, fit for a terminal: what could act on it is replaced by a picture, or by a sign for what has none.
#[must_use]
pub fn harmless(text: &str) -> String {
    text.chars().map(picture).collect()
}

/// Whether a character shows itself and nothing else happens.
#[must_use]
pub fn is_harmless(character: char) -> bool {
    picture(character) == character
}

/// Gives a picture for a control character, a replacement for an invisible or direction-changing one, else the character.
pub(crate) fn picture(character: char) -> char {
    match character {
        '\0'..='\x1f' => char::from_u32(0x2400 + u32::from(character)).unwrap_or(char::REPLACEMENT_CHARACTER),
        '\x7f' => '\u{2421}',
        '\u{80}'..='\u{9f}'
        | '\u{ad}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}' => char::REPLACEMENT_CHARACTER,
        _ => character,
    }
}

/// How many terminal columns a character takes that went through [`picture`].
pub(crate) fn columns(character: char) -> usize {
    character.width().unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_acts_on_a_terminal_passes() {
        assert_eq!(Shown::new("a\x1b[31mb\u{202e}c\u{9b}").to_string(), "a␛[31mb\u{fffd}c\u{fffd}");
        assert_eq!(Shown::new(&"x".repeat(100_000)).to_string().chars().count(), 49);
    }
}
