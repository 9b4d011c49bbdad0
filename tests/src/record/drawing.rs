//! Screens as SVG, which every browser shows without a program: text stays text, and what changes is animated by CSS.
//!
//! Who shows no animation, or has asked for none, sees the last screens.

use std::collections::BTreeMap;
use std::time::Duration;

use svg::Document;
use svg::node::element::{Circle, Group, Rectangle, Style, Text, Title};

use super::palette::{self, GROUND, INK};
use super::play::{COLUMNS, Shot, Stage};
use super::screen::{Colour, Piece, Row};

/// Pixels: of a column, which is as wide as the usual fonts are at this size, of a row, and around it all.
const COLUMN: f64 = 9.6;
const SIZE: u32 = 16;
const ROW: usize = 20;
const MARGIN: usize = 16;
/// The height of a terminal's title.
const TITLE: usize = 30;

/// A terminal in a picture.
pub(super) struct Frame {
    pub(super) title: String,
    /// How many rows it has.
    pub(super) height: u16,
}

/// From when until when something is shown.
type Span = (Duration, Duration);

/// Draws terminals below one another, as they were from shot to shot.
pub(super) fn draw(name: &str, frames: &[Frame], stage: &Stage) -> String {
    let mut animation = Animation { length: stage.length(), spans: BTreeMap::new() };
    let mut terminals = Vec::new();
    let mut top = 0;
    for (number, frame) in frames.iter().enumerate() {
        let shots: Vec<&Shot> = stage.shots.iter().filter(|shot| shot.terminal == number).collect();
        terminals.push(terminal(frame, top, &shots, &mut animation));
        top += TITLE + usize::from(frame.height) * ROW + MARGIN;
    }
    let width = (f64::from(COLUMNS) * COLUMN) as usize + 2 * MARGIN;
    let mut document = Document::new()
        .set("viewBox", (0, 0, width, top))
        .set("width", width)
        .set("height", top)
        .set("role", "img")
        .set("fill", INK)
        .add(Title::new(name))
        .add(Style::new(format!("{}{}", palette::style(SIZE), animation.style())))
        .add(Rectangle::new().set("width", width).set("height", top).set("rx", 8).set("fill", GROUND));
    for terminal in terminals {
        document = document.add(terminal);
    }
    format!("{document}\n")
}

fn terminal(frame: &Frame, top: usize, shots: &[&Shot], animation: &mut Animation) -> Group {
    let width = f64::from(COLUMNS) * COLUMN + 2.0 * MARGIN as f64;
    let bar = Rectangle::new().set("y", top).set("width", width).set("height", TITLE).set("rx", 8).set("class", "bar");
    let mut group = Group::new().add(bar);
    for (number, colour) in ["#ff5f57", "#febc2e", "#28c840"].into_iter().enumerate() {
        let dot = Circle::new().set("cx", MARGIN + 4 + number * 18).set("cy", top + TITLE / 2).set("r", 5);
        group = group.add(dot.set("fill", colour));
    }
    let title = Text::new(&frame.title).set("x", width / 2.0).set("y", top + TITLE / 2 + 5).set("class", "title");
    group = group.add(title);
    for number in 0..usize::from(frame.height) {
        let baseline = top + TITLE + number * ROW + ROW;
        for (row, span) in versions(number, shots, animation.length) {
            let class = animation.class(span);
            let drawn = drawn(row, baseline);
            group = group.add(if class.is_empty() { drawn } else { drawn.set("class", class) });
        }
    }
    group
}

/// What a row of a terminal shows, and when.
fn versions<'a>(number: usize, shots: &[&'a Shot], length: Duration) -> Vec<(&'a Row, Span)> {
    let mut versions: Vec<(&Row, Span)> = Vec::new();
    for shot in shots {
        let Some(row) = shot.rows.get(number) else { continue };
        match versions.last_mut() {
            Some((last, _)) if *last == row => continue,
            Some((_, (_, until))) => *until = shot.at,
            None => {}
        }
        versions.push((row, (shot.at, length)));
    }
    // What was replaced in the same moment was never seen.
    versions.retain(|(row, (from, until))| !row.is_empty() && (from < until || *until == length));
    versions
}

fn drawn(row: &Row, baseline: usize) -> Group {
    let mut group = Group::new();
    for ground in &row.grounds {
        let rectangle = Rectangle::new()
            .set("x", column(ground.column))
            .set("y", baseline - ROW + 5)
            .set("width", rounded(f64::from(ground.width) * COLUMN))
            .set("height", ROW)
            .set("fill", palette::colour(ground.colour));
        group = group.add(rectangle);
    }
    for piece in &row.pieces {
        group = group.add(text(piece, baseline));
    }
    group
}

fn text(piece: &Piece, baseline: usize) -> Text {
    let width = piece.text.chars().count() as f64 * COLUMN;
    // Fonts differ, columns must not.
    let text =
        Text::new(&piece.text).set("x", column(piece.column)).set("y", baseline).set("textLength", rounded(width));
    let mut classes = Vec::new();
    for (is_so, class) in [(piece.look.bold, "b"), (piece.look.dim, "d"), (piece.look.underlined, "u")] {
        classes.extend(is_so.then_some(class));
    }
    let text = if classes.is_empty() { text } else { text.set("class", classes.join(" ")) };
    // The rest inherits the ink of the whole picture.
    if piece.look.ink == Colour::Ink { text } else { text.set("fill", palette::colour(piece.look.ink)) }
}

fn column(column: u16) -> f64 {
    rounded(MARGIN as f64 + f64::from(column) * COLUMN)
}

/// A length without the digits that only binary fractions have.
fn rounded(length: f64) -> f64 {
    (length * 10.0).round() / 10.0
}

/// When what is shown, as styles: what has the same time has the same class.
struct Animation {
    length: Duration,
    spans: BTreeMap<Span, usize>,
}

impl Animation {
    /// The class of what is shown in a span; none where that is all the time.
    fn class(&mut self, span: Span) -> String {
        if span == (Duration::ZERO, self.length) {
            return String::new();
        }
        let next = self.spans.len();
        format!("t{}", self.spans.entry(span).or_insert(next))
    }

    fn style(&self) -> String {
        let passing = self.spans.iter().filter(|((_, until), _)| *until != self.length);
        let passing: Vec<String> = passing.map(|(_, number)| format!(".t{number}")).collect();
        if passing.is_empty() {
            return String::new();
        }
        let moving: String = self.spans.iter().map(|(span, number)| self.keyframes(*span, *number)).collect();
        format!(
            "{}{{visibility:hidden}}\n@media (prefers-reduced-motion:no-preference){{\n{moving}}}\n",
            passing.join(",")
        )
    }

    /// Shows a class in a span of each round.
    fn keyframes(&self, (from, until): Span, number: usize) -> String {
        let total = self.length.as_secs_f64();
        let part = |at: Duration| format!("{:.2}%", at.as_secs_f64() / total * 100.0);
        let before = if from.is_zero() { "" } else { "0%{visibility:hidden}" };
        let after = if until == self.length { String::new() } else { part(until) + "{visibility:hidden}" };
        format!(
            "@keyframes k{number}{{{before}{}{{visibility:visible}}{after}}}.t{number}{{animation:k{number} {total}s step-end infinite}}\n",
            part(from)
        )
    }
}
