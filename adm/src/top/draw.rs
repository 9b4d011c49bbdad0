//! The whole screen: what is said above, all instances, one of them, and what is said below.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};

use super::look::Look;
use super::model::{Mode, Model};
use crate::render::{BAD, HEADING, PLAIN};

mod footer;
mod header;
mod pane;
mod table;

/// The smallest screen on which anything can be told.
const SMALLEST: (u16, u16) = (40, 10);
/// From how many rows on there is room for one instance below all of them.
const TALL: u16 = 16;

/// Draws what is looked at, as it is at `now`, in microseconds since 1970.
pub(super) fn draw(frame: &mut Frame<'_>, model: &mut Model, look: &Look, now: u64) {
    let area = frame.area();
    let width = usize::from(area.width);
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        return too_small(frame, model, look, now);
    }
    let above = header::lines(model, look, now, width, area.height >= TALL);
    let below = footer::lines(model, look, now, width);
    let heights = [Constraint::Length(rows(above.len())), Constraint::Fill(1), Constraint::Length(rows(below.len()))];
    let [header, body, footer] = Layout::vertical(heights).areas(area);
    put(frame, header, &above);
    if model.mode == Mode::Help {
        put(frame, body, &footer::help(look, width, usize::from(body.height)));
    } else if model.details && model.instance().is_some() {
        everything(frame, body, model, look, now);
    } else if area.height >= TALL {
        both(frame, body, model, look, now);
    } else {
        table::draw(frame, body, model, look, now);
    }
    put(frame, footer, &below);
}

/// The instances, and below them the selected one. It has what they leave, and half of the rows at least where it needs them.
fn both(frame: &mut Frame<'_>, area: Rect, model: &mut Model, look: &Look, now: u64) {
    let width = usize::from(area.width);
    let free = usize::from(area.height).saturating_sub(3);
    let wanted = pane::lines(model, look, now, width, None).len();
    let table = model.shown().len().max(1).min(free - wanted.min(free / 2));
    let heights =
        [Constraint::Length(1), Constraint::Length(rows(table + 1)), Constraint::Length(1), Constraint::Fill(1)];
    let [title, above, name, below] = Layout::vertical(heights).areas(area);
    put(frame, title, &[rule(look, &model.selection(), width)]);
    table::draw(frame, above, model, look, now);
    let selected = model.instance().map(|instance| instance.name.clone()).unwrap_or_default();
    put(frame, name, &[rule(look, &selected, width)]);
    put(frame, below, &pane::lines(model, look, now, width, Some(usize::from(below.height))));
}

/// All that there is to know of the selected instance, as far as it was scrolled.
fn everything(frame: &mut Frame<'_>, area: Rect, model: &mut Model, look: &Look, now: u64) {
    let [title, body] = Layout::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(area);
    let lines = pane::everything(model, look, now, usize::from(area.width));
    model.room = usize::from(body.height).max(1);
    model.hidden_lines = lines.len().saturating_sub(model.room);
    model.line = model.line.min(model.hidden_lines);
    let last = (model.line + model.room).min(lines.len());
    let place = format!("lines {} to {last} of {}", model.line + 1, lines.len());
    put(frame, title, &[rule(look, &place, usize::from(area.width))]);
    put(frame, body, &lines[model.line..last]);
}

fn too_small(frame: &mut Frame<'_>, model: &Model, look: &Look, now: u64) {
    let (area, (columns, rows)) = (frame.area(), SMALLEST);
    let width = usize::from(area.width);
    let text = format!("This needs {columns} columns and {rows} rows; it has {} and {}.", area.width, area.height);
    let mut lines = wrapped(look, PLAIN, &text, width);
    lines.extend(header::lines(model, look, now, width, false));
    put(frame, area, &lines);
}

/// Draws lines from the top of an area, as many as it has room for.
fn put(frame: &mut Frame<'_>, area: Rect, lines: &[Line<'_>]) {
    for (row, line) in area.rows().zip(lines) {
        frame.buffer_mut().set_line(row.x, row.y, line, row.width);
    }
}

/// A rule with a word on it.
fn rule(look: &Look, word: &str, width: usize) -> Line<'static> {
    let word = if word.is_empty() { String::new() } else { format!(" {} ", look.fit(word, width.saturating_sub(6))) };
    let rest = width.saturating_sub(2 + word.chars().count());
    let [before, after] = [2, rest].map(|columns| Span::raw(look.rule().repeat(columns)));
    Line::from(vec![before, Span::styled(word, look.style(HEADING)), after])
}

/// Text in lines of at most `width` columns, those after the first a little to the right.
fn wrapped(look: &Look, style: anstyle::Style, text: &str, width: usize) -> Vec<Line<'static>> {
    let lines = crate::wrap::wrap(&look.clean(text), width.saturating_sub(2));
    let indent = |at: usize| if at == 0 { "" } else { "  " };
    let lines = lines.iter().enumerate().map(|(at, line)| format!("{}{line}", indent(at)));
    lines.map(|line| Line::styled(look.fit(&line, width), look.style(style))).collect()
}

/// As many of the lines as there is room for; the last one tells how many there are more.
fn at_most(look: &Look, mut lines: Vec<Line<'static>>, room: usize) -> Vec<Line<'static>> {
    if lines.len() > room {
        let hidden = lines.len() - room.saturating_sub(1);
        lines.truncate(room.saturating_sub(1));
        lines.push(Line::styled(format!("{hidden} lines more: press Enter"), look.style(HEADING)));
        lines.truncate(room);
    }
    lines
}

/// The style of what is well, or not.
const fn of_health(well: bool) -> anstyle::Style {
    if well { PLAIN } else { BAD }
}

fn rows(number: usize) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}
