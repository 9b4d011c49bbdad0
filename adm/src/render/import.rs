//! What became of a configuration of keepalived's, for people and for programs.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anstyle::Style;
use serde::Serialize;
use vrrp::config::harmless;

use super::phrase::count;
use super::{BAD, DOUBTFUL, GOOD, HEADING, PLAIN, styled};
use crate::import::{Fate, Imported, Kind, Place};
use crate::wrap::{columns, wrap};

/// The most lines that one note names.
const MOST_LINES: usize = 6;
/// The most that is said of one line.
const MOST_FATES: usize = 6;
/// The columns of a line's number and the space behind it.
const NUMBER: usize = 5;

/// What is said of a kind of fates, before each of them.
const fn heading(kind: Kind) -> (&'static str, Style) {
    match kind {
        Kind::Lost => ("not translated:", BAD),
        Kind::Unknown => ("ignored:", BAD),
        Kind::Differs => ("look at:", DOUBTFUL),
        Kind::Needless => ("not needed:", PLAIN),
        Kind::Elsewhere => ("left out:", PLAIN),
        Kind::Became | Kind::Part => ("", PLAIN),
    }
}

/// Tells of every line that did not simply become the same: what is alike is told once.
pub(crate) fn notes(imported: &Imported, width: usize) -> String {
    let mut alike: BTreeMap<(Kind, String, &str), Vec<Place>> = BTreeMap::new();
    let telling = |fate: &&Fate| !matches!(fate.kind, Kind::Became | Kind::Part) && !fate.why.is_empty();
    for fate in imported.fates.iter().filter(telling) {
        let places = alike.entry((fate.kind, word(imported, fate), fate.why.as_str())).or_default();
        if places.last() != Some(&fate.place) {
            places.push(fate.place);
        }
    }
    let mut notes: Vec<_> = alike.into_iter().collect();
    notes.sort_by(|((a, ..), at), ((b, ..), other)| (a, at.first()).cmp(&(b, other.first())));
    let mut out = String::new();
    let mut told = None;
    for ((kind, word, why), places) in notes {
        let (label, style) = heading(kind);
        if told != Some(kind) {
            // Writing to a string cannot fail.
            let _ = writeln!(out, "{}", styled(style, label));
            told = Some(kind);
        }
        let line = format!("{}: {word}", lines(imported, &places));
        for (indent, text) in [("  ", line), ("      ", harmless(why))] {
            for line in wrap(&text, width.saturating_sub(indent.len()).max(20)) {
                let _ = writeln!(out, "{indent}{line}");
            }
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// What a fate is about: the first word of its line.
fn word(imported: &Imported, fate: &Fate) -> String {
    let line = imported.line(fate.place);
    let words = line.split_whitespace().find(|word| !word.starts_with('@') && !matches!(*word, "{" | "}"));
    words.unwrap_or_default().chars().take_while(|c| *c != '(').take(40).collect()
}

/// Names lines: the first with its file, those of the same file by their number.
fn lines(imported: &Imported, places: &[Place]) -> String {
    let mut out = String::new();
    let mut before = None;
    for place in places.iter().take(MOST_LINES) {
        if before == Some(place.file) {
            let _ = write!(out, ", {}", place.line + 1);
        } else {
            let separator = if out.is_empty() { "" } else { ", " };
            let _ = write!(out, "{separator}{}", harmless(&imported.files.shown(*place)));
        }
        before = Some(place.file);
    }
    match places.len().saturating_sub(MOST_LINES) {
        0 => out,
        more => format!("{out} and {more} more"),
    }
}

/// How it went, in a line or two.
pub(crate) fn verdict(imported: &Imported) -> String {
    let lines = |kinds: &[Kind]| {
        let mut places: Vec<Place> =
            imported.fates.iter().filter(|fate| kinds.contains(&fate.kind)).map(|fate| fate.place).collect();
        places.dedup();
        places.len()
    };
    let lost = lines(&[Kind::Lost, Kind::Unknown]);
    let differs = lines(&[Kind::Differs]);
    let instances = count(imported.instances.len(), "instance");
    let files = count(imported.files.texts.len(), "file");
    let look = if differs == 0 { String::new() } else { format!(", {} to look at", count(differs, "line")) };
    match lost {
        0 => styled(GOOD, &format!("{instances} from {files}: everything is translated{look}.")),
        lost => styled(BAD, &format!("{instances} from {files}: {} not translated{look}.", count(lost, "line"))),
    }
}

/// Every line on the left, and what became of it on the right, in `width` columns.
pub(crate) fn differences(imported: &Imported, width: usize) -> String {
    let left = (width.saturating_sub(NUMBER + 3) * 4 / 9).max(16);
    let right = width.saturating_sub(NUMBER + left + 3).max(24);
    let mut fates: BTreeMap<Place, Vec<&Fate>> = BTreeMap::new();
    for fate in &imported.fates {
        fates.entry(fate.place).or_default().push(fate);
    }
    let mut out = String::new();
    for (file, text) in imported.files.texts.iter().enumerate() {
        let path = harmless(&text.path.display().to_string());
        let _ = writeln!(out, "{}", styled(HEADING, &path));
        for line in 0..text.lines.len() {
            let place = Place { file, line };
            let source = cut(imported.line(place).trim_end(), left);
            let told = fates.get(&place).map(|fates| told(fates, right)).unwrap_or_default();
            for at in 0..source.len().max(told.len()).max(1) {
                let number = if at == 0 { format!("{:>4}", line + 1) } else { String::new() };
                let piece = source.get(at).map_or("", String::as_str);
                let pad = " ".repeat(left.saturating_sub(columns(piece)));
                let (style, said) = told.get(at).map_or((PLAIN, ""), |(style, said)| (*style, said.as_str()));
                let said = if style == PLAIN { said.to_owned() } else { styled(style, said) };
                let row = format!("{number:>4} {piece}{pad} | {said}");
                let _ = writeln!(out, "{}", row.trim_end());
            }
        }
    }
    out
}

/// What is said of a line, as lines of their own.
fn told(fates: &[&Fate], width: usize) -> Vec<(Style, String)> {
    let mut out = Vec::new();
    for fate in fates.iter().take(MOST_FATES) {
        let (label, style) = heading(fate.kind);
        let why =
            if fate.toml.is_empty() || fate.why.is_empty() { fate.why.clone() } else { format!("({})", fate.why) };
        let parts = [label, &fate.toml, &why].into_iter().filter(|part| !part.is_empty());
        let text = harmless(&parts.collect::<Vec<_>>().join(" "));
        out.extend(wrap(&text, width).iter().flat_map(|line| cut(line, width)).map(|line| (style, line)));
    }
    if let more @ 1.. = fates.len().saturating_sub(MOST_FATES) {
        out.push((PLAIN, format!("and {more} more, each for another use of this line")));
    }
    out
}

/// Cuts a text into lines of at most `width` columns, wherever that is.
fn cut(text: &str, width: usize) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    characters.chunks(width.max(1)).map(|line| line.iter().collect()).collect()
}

/// The same for programs. No secret is in it.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Report<'i> {
    /// The configuration that it became.
    toml: &'i str,
    /// Its instances.
    instances: &'i [String],
    /// The files in which `--write` puts its secrets.
    secrets: Vec<&'i str>,
    /// What became of each line of which there is something to say.
    lines: Vec<Line<'i>>,
}

/// What became of a line.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Line<'i> {
    /// Its file.
    file: Option<String>,
    /// Its number, from 1.
    line: usize,
    /// The line itself.
    source: String,
    /// What it became, once for each use.
    outcomes: Vec<Outcome<'i>>,
}

/// What became of one use of a line.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Outcome<'i> {
    /// What kind of thing that is.
    kind: Kind,
    /// What it became; empty where it became nothing.
    toml: &'i str,
    /// Why, and what to do; empty where there is nothing to say.
    reason: &'i str,
}

impl<'i> Report<'i> {
    pub(crate) fn of(imported: &'i Imported) -> Self {
        let mut lines: Vec<Line<'i>> = Vec::new();
        let mut last = None;
        for fate in &imported.fates {
            if last != Some(fate.place) {
                let file = imported.files.texts.get(fate.place.file).map(|text| text.path.display().to_string());
                let source = imported.line(fate.place).trim().to_owned();
                lines.push(Line { file, line: fate.place.line + 1, source, outcomes: Vec::new() });
            }
            last = Some(fate.place);
            let outcome = Outcome { kind: fate.kind, toml: &fate.toml, reason: &fate.why };
            if let Some(line) = lines.last_mut() {
                line.outcomes.push(outcome);
            }
        }
        let secrets = imported.secrets.iter().map(|secret| secret.path.as_str()).collect();
        Self { toml: &imported.toml, instances: &imported.instances, secrets, lines }
    }
}
