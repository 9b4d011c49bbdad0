//! From text to values: what a file says as TOML, and in plain words where it is no TOML.

use std::collections::HashMap;

use toml::de::{DeTable, Error};

use super::auth::{ADVICE, may_show};
use super::place::{Lines, Spot};
use super::problem::Finding;
use super::text::Shown;
use super::value::{self, Key, Value};

/// A file as TOML, as far as it could be read.
pub(crate) struct Document {
    /// What stands in it.
    pub(crate) entries: Vec<(Key, Value)>,
    /// Where it is no TOML, as byte offsets in ascending order. What follows one may belong elsewhere.
    pub(crate) breaks: Vec<usize>,
    /// One problem a line.
    pub(crate) findings: Vec<Finding>,
}

const UNCLOSED_HEADING: &str = "unclosed table, expected `]`";
const DUPLICATE: &str = "duplicate key";

/// Reads a text as TOML and goes on behind every mistake.
pub(crate) fn parse(file: usize, text: &str, lines: &Lines<'_>) -> Document {
    let (table, mut errors) = DeTable::parse_recoverable(text);
    let unclosed: Vec<usize> =
        errors.iter().filter(|error| error.message() == UNCLOSED_HEADING).map(|error| start(error, text)).collect();
    let entries = if unclosed.is_empty() {
        value::entries(file, table.into_inner())
    } else {
        // The parser takes everything up to the next `]` for such a heading. Without it, the tables behind it are read.
        let (blanked, further) = blanked(file, text, lines, &unclosed);
        errors.retain(|error| error.message() == UNCLOSED_HEADING);
        errors.extend(further);
        blanked
    };
    errors.sort_by_key(|error| start(error, text));
    let breaks = errors.iter().filter(|error| error.message() != DUPLICATE).map(|error| start(error, text)).collect();
    Document { entries, breaks, findings: findings(file, text, lines, &errors) }
}

/// Reads a text without some headings and the keys below them.
fn blanked(file: usize, text: &str, lines: &Lines<'_>, headings: &[usize]) -> (Vec<(Key, Value)>, Vec<Error>) {
    let mut bytes = text.as_bytes().to_vec();
    for &heading in headings {
        let mut line = lines.line(heading);
        while {
            let span = lines.span(line);
            bytes.get_mut(span).unwrap_or_default().fill(b' ');
            line += 1;
            lines.span(line).start < text.len() && !lines.text(line).trim_start().starts_with('[')
        } {}
    }
    let text = String::from_utf8_lossy(&bytes);
    let (table, errors) = DeTable::parse_recoverable(&text);
    (value::entries(file, table.into_inner()), errors)
}

fn start(error: &Error, text: &str) -> usize {
    error.span().map_or(text.len(), |span| span.start)
}

/// Puts errors, which are in order, into words; of those in one line the first.
fn findings(file: usize, text: &str, lines: &Lines<'_>, errors: &[Error]) -> Vec<Finding> {
    let mut first = None;
    let mut findings: Vec<Finding> = Vec::new();
    let mut last_line = None;
    for error in errors {
        let span = error.span().unwrap_or(text.len()..text.len());
        let line = lines.line(span.start);
        if last_line.replace(line) == Some(line) {
            continue;
        }
        let marked = text.get(span.clone()).unwrap_or_default();
        let spot = Spot::new(file, span);
        if !may_show(lines.text(line)) {
            findings.push(Finding::new(spot, format!("this is no line of TOML; and {ADVICE}")));
            continue;
        }
        let finding = if error.message() == DUPLICATE {
            let first = first.get_or_insert_with(|| First::read(lines, text));
            let (what, place) = first.of(lines, line);
            let finding = Finding::new(spot, format!("{what} stands twice in this file: leave one out"));
            match place {
                Some(place) if place < line => finding.related("first at", Spot::new(file, lines.span(place))),
                Some(_) | None => finding,
            }
        } else {
            Finding::new(spot, words(error.message(), marked))
        };
        findings.push(finding);
    }
    findings
}

/// The lines at which headings and keys stand first, as far as lines alone tell.
struct First<'a> {
    lines: HashMap<(&'a str, &'a str), usize>,
    headings: Vec<(usize, &'a str)>,
}

impl<'a> First<'a> {
    fn read(lines: &Lines<'a>, text: &str) -> Self {
        let mut first = Self { lines: HashMap::new(), headings: vec![(0, "")] };
        for line in 0..text.matches('\n').count() + 1 {
            let (heading, key) = first.name(lines, line);
            if key.is_empty() {
                first.headings.push((line, heading));
            }
            first.lines.entry((heading, key)).or_insert(line);
        }
        first
    }

    /// The heading that a line is below or is itself, and the key that it begins with.
    fn name(&self, lines: &Lines<'a>, line: usize) -> (&'a str, &'a str) {
        let text = lines.text(line).trim();
        if text.starts_with('[') {
            return (text.split('#').next().unwrap_or(text).trim_end(), "");
        }
        let below = self.headings.partition_point(|&(heading, _)| heading <= line);
        let heading = self.headings.get(below.saturating_sub(1)).map_or("", |&(_, heading)| heading);
        (heading, text.split('=').next().unwrap_or(text).trim_end())
    }

    fn of(&self, lines: &Lines<'a>, line: usize) -> (String, Option<usize>) {
        let name = self.name(lines, line);
        let what = if name.1.is_empty() { Shown::new(name.0) } else { Shown::new(name.1) };
        (what.to_string(), self.lines.get(&name).copied())
    }
}

/// Says in plain words what the parser means; `marked` is the text that it points at.
fn words(message: &str, marked: &str) -> String {
    let shown = Shown::new(marked);
    let head = message.split(", expected").next().unwrap_or(message);
    match head {
        "string values must be quoted" => match marked.to_lowercase().as_str() {
            "" => "the value is missing".to_owned(),
            "yes" | "on" => format!("{shown} is written true"),
            "no" | "off" => format!("{shown} is written false"),
            _ => match marked.split_once("//").or_else(|| marked.split_once(';')) {
                Some(_) => format!("{shown} is no value: a comment begins with #, and text stands in quotes"),
                None if marked.contains(char::is_whitespace) => {
                    format!("{shown} is no value: a line has one key, and text stands in quotes")
                }
                None if marked.contains('"') => format!("{shown} is no value: text stands in one pair of quotes"),
                None => {
                    let bare = marked.trim_matches(['“', '”', '„', '‘', '’', '\'', '`']);
                    format!("text stands in quotes: write \"{}\"", Shown::new(bare))
                }
            },
        },
        "key with no value" => "the line has no =: a key is written key = value".to_owned(),
        "invalid unquoted key" => format!("{shown} cannot stand in a key: a key is written key = value"),
        "unquoted keys cannot be empty" => "the name is missing".to_owned(),
        "invalid key-value pair" => "this is no line of TOML: a key is written key = value".to_owned(),
        "unclosed table" => "the heading does not end with ]; it and the keys below it are left out".to_owned(),
        "unexpected key or value" => {
            "the line should have ended here: one key a line, and a comment begins with #".to_owned()
        }
        "unclosed array" | "unclosed inline table" => "the list or table that began above does not end".to_owned(),
        "missing comma between array elements" => {
            "a comma is missing before this, or a ] that ends the list".to_owned()
        }
        "extra comma in array" => "there is one comma too many".to_owned(),
        "extra `=`" => "there is one = too many".to_owned(),
        "invalid float" | "invalid integer" => {
            "this is no number; text, such as an address or a time, stands in quotes".to_owned()
        }
        "unexpected leading zero" => "a number does not begin with 0".to_owned(),
        "invalid boolean" => match marked.to_lowercase().as_str() {
            word @ ("true" | "false") => format!("{shown} is written {word}"),
            _ => format!("{shown} is neither true nor false"),
        },
        "invalid basic string" | "invalid literal string" if marked.is_empty() => {
            "the text does not end with a quote".to_owned()
        }
        "invalid basic string" | "invalid literal string" => {
            format!("{shown} cannot stand in text: remove the character")
        }
        "missing escaped value" => {
            "the backslash is followed by no character that it can escape: write \\\\".to_owned()
        }
        "recursion limit" => "lists or tables lie too deep in one another".to_owned(),
        _ if head.starts_with("cannot extend value") => {
            format!("{shown} already has a value that cannot be continued: keep one of the two")
        }
        _ => format!("this is no TOML: {}", Shown::path(message)),
    }
}
