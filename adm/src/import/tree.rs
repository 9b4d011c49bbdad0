//! From lines to statements: words, and the block that belongs to them.

use super::files::Place;
use super::lines::{Fault, Lines};
use super::words::words;

/// How deep blocks may stand in one another; keepalived has five.
const DEEPEST: usize = 32;

/// A line of words, and the block behind it.
#[derive(Debug)]
pub(super) struct Statement {
    /// What it says; never empty.
    pub(super) words: Vec<String>,
    /// The same as one text, in which quotes are still there.
    pub(super) text: String,
    pub(super) place: Place,
    /// The statements of its block, where it has one.
    pub(super) block: Option<Vec<Self>>,
}

impl Statement {
    /// Its first word.
    pub(super) fn keyword(&self) -> &str {
        self.words.first().map_or("", String::as_str)
    }

    /// A word behind the first.
    pub(super) fn word(&self, at: usize) -> Option<&str> {
        self.words.get(at).map(String::as_str)
    }

    /// What stands in its block.
    pub(super) fn statements(&self) -> &[Self] {
        self.block.as_deref().unwrap_or_default()
    }
}

/// Reads all statements.
pub(super) fn read(lines: &mut Lines<'_>) -> Result<Vec<Statement>, Fault> {
    // The innermost block that is open is the last; each with the place of its brace.
    let mut open: Vec<(Place, Vec<Statement>)> = Vec::new();
    let mut top = Vec::new();
    while let Some(line) = lines.next()? {
        let place = line.place;
        let depth = open.len();
        let innermost = open.last_mut().map_or(&mut top, |(_, block)| block);
        match line.text.as_str() {
            "{" => {
                if innermost.last().is_none_or(|last| last.block.is_some()) {
                    return Err(Fault::new(place, "{", "this brace belongs to nothing: write a keyword before it"));
                }
                if depth == DEEPEST {
                    return Err(Fault::new(
                        place,
                        "{",
                        format!("blocks stand in one another more than {DEEPEST} deep"),
                    ));
                }
                open.push((place, Vec::new()));
            }
            "}" => {
                let Some((_, block)) = open.pop() else {
                    return Err(Fault::new(place, "}", "this brace closes nothing: leave it out"));
                };
                let outer = open.last_mut().map_or(&mut top, |(_, block)| block);
                if let Some(last) = outer.last_mut() {
                    last.block = Some(block);
                }
            }
            text => {
                let words = words(text).map_err(|from| Fault::new(place, from, "this quote has no end"))?;
                innermost.push(Statement { words, text: line.text, place, block: None });
            }
        }
    }
    match open.pop() {
        Some((place, _)) => Err(Fault::new(place, "{", "this block is never closed: add } behind it")),
        None => Ok(top),
    }
}
