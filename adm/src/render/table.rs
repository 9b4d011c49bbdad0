//! A table that fits: columns that do not are written as labelled lines below their row, the last column first.

use std::borrow::Cow;
use std::fmt::Write as _;

use anstyle::Style;

use super::{HEADING, PLAIN};
use crate::wrap::{columns, wrap};

const GAP: usize = 2;

/// What stands in one column of one row.
pub(super) struct Cell<'a> {
    lines: Vec<Cow<'a, str>>,
    style: Style,
}

impl<'a> Cell<'a> {
    /// One line.
    pub(super) fn new(text: impl Into<Cow<'a, str>>) -> Self {
        Self::styled(PLAIN, text)
    }

    /// One line with a style.
    pub(super) fn styled(style: Style, text: impl Into<Cow<'a, str>>) -> Self {
        Self { lines: vec![text.into()], style }
    }

    /// Lines, or a dash for none.
    pub(super) fn of<L: Into<Cow<'a, str>>>(lines: impl IntoIterator<Item = L>) -> Self {
        let mut lines: Vec<Cow<'a, str>> = lines.into_iter().map(Into::into).collect();
        if lines.is_empty() {
            lines.push("-".into());
        }
        Self { lines, style: PLAIN }
    }

    /// The same with a style.
    pub(super) fn in_style(self, style: Style) -> Self {
        Self { style, ..self }
    }

    fn width(&self) -> usize {
        self.lines.iter().map(|line| columns(line)).max().unwrap_or_default()
    }
}

/// Draws rows, below their headings if these are wanted, in at most `width` columns where the first column alone is not wider.
pub(super) fn draw(headings: &[&str], rows: &[Vec<Cell<'_>>], width: usize, legend: bool) -> String {
    let widths: Vec<usize> = headings
        .iter()
        .enumerate()
        .map(|(column, heading)| {
            let cells = rows.iter().filter_map(|row| row.get(column)).map(Cell::width);
            cells.chain(legend.then_some(heading.len())).max().unwrap_or_default()
        })
        .collect();
    let shown = (1..=widths.len())
        .rev()
        .find(|&shown| widths.iter().take(shown).sum::<usize>() + GAP * (shown - 1) <= width)
        .unwrap_or(1);
    let mut out = String::new();
    if legend {
        let cells: Vec<(&str, Style)> = headings.iter().take(shown).map(|heading| (*heading, HEADING)).collect();
        line(&mut out, &cells, &widths);
    }
    for row in rows {
        let height = row.iter().take(shown).map(|cell| cell.lines.len()).max().unwrap_or_default();
        for at in 0..height {
            let cells: Vec<(&str, Style)> = row
                .iter()
                .take(shown)
                .map(|cell| (cell.lines.get(at).map_or("", |line| &**line), cell.style))
                .collect();
            line(&mut out, &cells, &widths);
        }
        for (heading, cell) in headings.iter().zip(row).skip(shown) {
            below(&mut out, heading, cell, width);
        }
    }
    out
}

fn line(out: &mut String, cells: &[(&str, Style)], widths: &[usize]) {
    // The columns that lie between the last text and the next one.
    let mut gap = 0;
    for ((text, style), width) in cells.iter().zip(widths) {
        if text.is_empty() {
            gap += width + GAP;
            continue;
        }
        out.extend(std::iter::repeat_n(' ', gap));
        push(out, *style, text);
        gap = width + GAP - columns(text);
    }
    out.push('\n');
}

/// Appends text in a style.
fn push(out: &mut String, style: Style, text: &str) {
    if style == PLAIN {
        out.push_str(text);
    } else {
        // Writing to a string cannot fail.
        let _ = write!(out, "{style}{text}{style:#}");
    }
}

/// Writes a cell that has no column as lines of their own.
fn below(out: &mut String, heading: &str, cell: &Cell<'_>, width: usize) {
    let text = cell.lines.join(", ");
    if text == "-" || text.is_empty() {
        return;
    }
    let label = format!("    {}: ", heading.to_lowercase());
    let indent = " ".repeat(label.len());
    for (at, line) in wrap(&text, width.saturating_sub(label.len())).iter().enumerate() {
        out.push_str(if at == 0 { &label } else { &indent });
        push(out, cell.style, line);
        out.push('\n');
    }
}
