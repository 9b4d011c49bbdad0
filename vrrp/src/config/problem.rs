//! A mistake in a configuration, with file, line and column, in words that say what to do.

use std::fmt;
use std::ops::Range;

use super::auth::may_show;
use super::drawing::Drawing;
use super::place::{Lines, Place, Spot};
use super::source::Source;
use super::text::harmless;

/// A mistake in a configuration, or a warning.
///
/// `Display` gives the place, the message and, unless a secret may stand there, the line with a caret, at most 80 columns
/// wide but for the message, without colour, without a newline at its end, and without any control character of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where it is.
    pub place: Place,
    /// What is wrong and what to do, without place.
    pub message: String,
    /// The instance that it concerns, as named in the file; none where it concerns a file, `[defaults]` or the set.
    pub instance: Option<String>,
    /// The keys that the instance lacks; empty for any other problem.
    pub missing: Box<[Missing]>,
    /// The other place of a conflict, with a word about it.
    pub related: Option<Box<(&'static str, Place)>>,
    drawing: Option<Box<Drawing>>,
}

/// A key that an instance lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Its name.
    pub key: &'static str,
    /// A value that it could have, without quotes; of `addresses` one of the list. A VRID is one that is free.
    pub example: String,
}

impl Missing {
    /// The line of a file that gives the example.
    pub(crate) fn in_file(&self) -> String {
        let Self { key, example } = self;
        match *key {
            "vrid" => format!("{key} = {example}"),
            "addresses" => format!("{key} = [\"{example}\"]"),
            _ => format!("{key} = \"{example}\""),
        }
    }
}

impl Problem {
    /// A mistake that concerns a file as a whole.
    #[must_use]
    pub fn of_file(file: &str, message: String) -> Self {
        Self::at(Place::file(file), message)
    }

    /// A mistake in a line of a file in another language: the line's number, from 1, its text as it may be shown, and the bytes
    /// of it that are marked.
    #[must_use]
    pub fn of_line(file: &str, line: usize, text: &str, marked: Range<usize>, message: &str) -> Self {
        let column = text.get(..marked.start).unwrap_or_default().chars().count() + 1;
        let drawing = Drawing::new(line, text, marked.start, marked.end);
        let place = Place { file: file.to_owned(), line, column };
        Self { drawing: Some(Box::new(drawing)), ..Self::at(place, harmless(message)) }
    }

    /// A mistake whose line cannot be drawn.
    pub(crate) fn at(place: Place, message: String) -> Self {
        Self { place, message, instance: None, missing: Box::default(), related: None, drawing: None }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.place, self.message)?;
        if let Some(drawing) = &self.drawing {
            write!(out, "\n{drawing}")?;
        }
        if let Some((word, place)) = self.related.as_deref() {
            write!(out, "\n      = {word} {place}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problem {}

/// A problem before its place is counted.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    pub(crate) spot: Spot,
    pub(crate) message: String,
    pub(crate) instance: Option<String>,
    pub(crate) missing: Vec<Missing>,
    pub(crate) related: Option<(&'static str, Spot)>,
}

impl Finding {
    pub(crate) fn new(spot: Spot, message: impl Into<String>) -> Self {
        Self { spot, message: message.into(), instance: None, missing: Vec::new(), related: None }
    }

    pub(crate) fn of(mut self, instance: Option<&str>) -> Self {
        self.instance = instance.map(str::to_owned);
        self
    }

    pub(crate) fn related(mut self, word: &'static str, spot: Spot) -> Self {
        self.related = Some((word, spot));
        self
    }
}

/// Counts the places of findings and sorts them: files in the order of the set, then from top to bottom.
pub(crate) fn place(mut findings: Vec<Finding>, sources: &[Source]) -> Vec<Problem> {
    findings.sort_by(|a, b| a.spot.cmp(&b.spot).then_with(|| a.message.cmp(&b.message)));
    if findings.is_empty() {
        return Vec::new();
    }
    let lines: Vec<Lines<'_>> = sources.iter().map(|source| Lines::new(&source.text)).collect();
    let place_of = |spot: &Spot| {
        let (source, lines) = sources.get(spot.file).zip(lines.get(spot.file))?;
        Some(Place { file: source.path.clone(), line: lines.line(spot.start) + 1, column: lines.column(spot.start) })
    };
    // Findings of one line follow each other, and a line can be as long as a file.
    let mut judged = None;
    let mut drawing_of = |spot: &Spot| {
        let lines = lines.get(spot.file)?;
        let line = lines.line(spot.start);
        let shown = match judged {
            Some((place, shown)) if place == (spot.file, line) => shown,
            Some(_) | None => may_show(lines.text(line)),
        };
        judged = Some(((spot.file, line), shown));
        let begin = lines.span(line).start;
        let from = spot.start.saturating_sub(begin);
        let drawing = || Drawing::new(line + 1, lines.text(line), from, spot.end.saturating_sub(begin));
        shown.then(|| Box::new(drawing()))
    };
    let problem = |finding: Finding| {
        let (place, drawing) = (place_of(&finding.spot)?, drawing_of(&finding.spot));
        let related = finding.related.and_then(|(word, spot)| Some(Box::new((word, place_of(&spot)?))));
        let Finding { message, instance, missing, .. } = finding;
        // Whoever made the message may have put in a piece of the file as it stands there.
        let message = harmless(&message);
        Some(Problem { place, message, instance, missing: missing.into(), related, drawing })
    };
    findings.into_iter().filter_map(problem).collect()
}
