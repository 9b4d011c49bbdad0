//! All instances, a row each.

use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::Span;
use ratatui::widgets::{Cell, HighlightSpacing, Row, Table, TableState};
use vrrp::status::{Instance, State};

use super::super::look::Look;
use super::super::model::Model;
use super::super::rates::Rate;
use crate::render::overview::masters;
use crate::render::phrase::{is_well, runs, style, why};
use crate::render::time::age;
use crate::render::{BAD, HEADING};

/// The columns, in their order.
const HEADINGS: [&str; 10] = ["", "NAME", "STATE", "SINCE", "MASTER", "PRIORITY", "IN/s", "OUT/s", "TIMER", "WHY"];
/// Those that stay where not all have room, the most important first.
const KEPT: [usize; 10] = [0, 1, 2, 9, 3, 4, 8, 5, 6, 7];
/// The place of the reasons, which have what the others leave.
const WHY: usize = 9;
/// How much that is at least.
const LEAST: usize = 12;
/// How wide any other column is at most.
const MOST: usize = 31;
/// From how many columns of the screen on there is room to be generous.
const WIDE: u16 = 110;

/// Draws the instances that there is room for.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, model: &mut Model, look: &Look, now: u64) {
    let room = usize::from(area.height).saturating_sub(1);
    let first = model.scroll(room);
    let wide = area.width >= WIDE;
    let shown: Vec<&Instance> = model.shown().skip(first).take(room).collect();
    if shown.is_empty() {
        let empty = match (&model.status, model.filter.is_empty()) {
            (Some(_), false) => "No instance has that in its row. Esc shows all.",
            (Some(_), true) => "There is no instance to show.",
            (None, _) => "",
        };
        return super::put(frame, area, &[super::Line::raw(empty)]);
    }
    let texts: Vec<[String; 10]> =
        shown.iter().map(|instance| texts(instance, model.rates.of(&instance.name), look, now, wide)).collect();
    // The names of all, so that nothing moves when they are scrolled.
    let names = model.shown().map(|instance| instance.name.len()).max().unwrap_or_default();
    let spacing = if wide { 2 } else { 1 };
    let widths = widths(&texts, names, usize::from(area.width) - 1, spacing);
    let columns: Vec<usize> = (0..HEADINGS.len()).filter(|&column| widths[column].is_some()).collect();
    let rows = shown.iter().zip(&texts).map(|(instance, texts)| row(instance, texts, &columns, &widths, look));
    let headings = columns.iter().map(|&column| Cell::from(HEADINGS[column]));
    let table =
        Table::new(rows, columns.iter().map(|&column| Constraint::Length(super::rows(widths[column].unwrap_or(0)))))
            .header(Row::new(headings).style(look.style(HEADING)))
            .column_spacing(spacing)
            .highlight_symbol(">")
            .highlight_spacing(HighlightSpacing::Always)
            .row_highlight_style(Style::new().add_modifier(Modifier::REVERSED));
    let selected = model.position().map(|place| place.saturating_sub(first));
    frame.render_stateful_widget(table, area, &mut TableState::new().with_selected(selected));
}

/// How wide each column is; `None` where it has no room.
fn widths(texts: &[[String; 10]], names: usize, width: usize, spacing: u16) -> [Option<usize>; 10] {
    let needed = |column: usize| match column {
        WHY => LEAST,
        1 => names.max(HEADINGS[1].len()),
        _ => {
            let cells = texts.iter().map(|texts| texts[column].chars().count());
            cells.chain([HEADINGS[column].len()]).max().unwrap_or_default().clamp(1, MOST)
        }
    };
    let (mut widths, mut left) = ([None; 10], width);
    for column in KEPT {
        let needs = needed(column) + usize::from(spacing);
        if needs > left {
            break;
        }
        widths[column] = Some(needs - usize::from(spacing));
        left -= needs;
    }
    // There is no space after the last one.
    widths[WHY] = widths[WHY].map(|needs| needs + left + usize::from(spacing));
    widths
}

fn row<'a>(
    instance: &Instance,
    texts: &[String; 10],
    columns: &[usize],
    widths: &[Option<usize>; 10],
    look: &Look,
) -> Row<'a> {
    let cells = columns.iter().map(|&column| {
        let text = look.fit(&texts[column], widths[column].unwrap_or_default());
        let of_cell = match column {
            0 => look.style(BAD),
            2 => look.style(style(instance)),
            _ => Style::new(),
        };
        Cell::from(Span::styled(text, of_cell))
    });
    Row::new(cells)
}

/// What stands in each column.
fn texts(instance: &Instance, rate: Option<Rate>, look: &Look, now: u64, wide: bool) -> [String; 10] {
    let dash = || "-".to_owned();
    let shown = |number: f64| if number < 9.95 { format!("{number:.1}") } else { format!("{number:.0}") };
    [
        if is_well(instance) { String::new() } else { "!".to_owned() },
        instance.name.clone(),
        instance.state.name().to_owned(),
        if runs(instance) { age(instance.since, now) } else { dash() },
        masters(instance).first().map_or_else(dash, |master| (*master).to_owned()),
        priority(instance, look),
        rate.map_or_else(dash, |rate| shown(rate.received)),
        rate.map_or_else(dash, |rate| shown(rate.sent)),
        timer(instance, look, now, if wide { 8 } else { 4 }).unwrap_or_else(dash),
        why(instance),
    ]
}

/// The configured priority, and that in force where weights make it another.
fn priority(instance: &Instance, look: &Look) -> String {
    let Instance { priority, effective_priority, .. } = instance;
    if priority == effective_priority {
        priority.to_string()
    } else {
        format!("{priority}{}{effective_priority}", look.arrow())
    }
}

/// How long the timer runs that runs out first, with a bar of so many cells. One that is over stays so until the daemon tells of the next.
fn timer(instance: &Instance, look: &Look, now: u64, cells: u64) -> Option<String> {
    let (timer, router) =
        instance.routers.iter().filter_map(|router| Some((router.timer?, router))).min_by_key(|(timer, _)| *timer)?;
    let left = timer.saturating_sub(now) / 1000;
    let whole = match instance.state {
        State::Master => instance.advert_interval,
        State::Init | State::Backup | State::Fault => router.master_down_interval,
    };
    let full = (left * cells).div_ceil(u64::from(whole).max(1)).min(cells);
    let bar =
        [look.full().repeat(usize::try_from(full).ok()?), look.empty().repeat(usize::try_from(cells - full).ok()?)];
    Some(format!("{:>5} {}", format!("{}.{}s", left / 1000, left % 1000 / 100), bar.concat()))
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;
    use vrrp::status::Router;

    use super::*;

    #[test]
    fn a_timer_runs_down_and_not_below_nothing() {
        let look = Look { colour: false, unicode: false, zone: TimeZone::UTC };
        let router = |timer| Router { timer, master_down_interval: 4000, ..Router::default() };
        let backup = |routers| Instance { state: State::Backup, advert_interval: 1000, routers, ..Instance::default() };
        let two = backup(vec![router(Some(9_000_000)), router(Some(5_000_000))]);
        let at = |now| timer(&two, &look, now, 4);
        assert_eq!(at(1_000_000).as_deref(), Some(" 4.0s ####"));
        assert_eq!(at(2_960_000).as_deref(), Some(" 2.0s ###."));
        assert_eq!(at(4_990_000).as_deref(), Some(" 0.0s #..."));
        assert_eq!(at(6_000_000).as_deref(), Some(" 0.0s ...."));
        assert_eq!(
            timer(&Instance { state: State::Master, ..two.clone() }, &look, 4_500_000, 4).as_deref(),
            Some(" 0.5s ##..")
        );
        assert_eq!(timer(&backup(vec![router(None)]), &look, 0, 4), None);
    }
}
