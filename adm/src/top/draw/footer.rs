//! What keys there are, what they ask, and what came of them.

use ratatui::text::{Line, Span};

use super::super::keys::{KEYS, REMINDED};
use super::super::look::Look;
use super::super::model::{Mode, Model};
use super::{of_health, wrapped};
use crate::render::{DOUBTFUL, HEADING, PLAIN};

/// How many lines a message may take.
const MOST: usize = 3;
/// Where the second column of the help begins.
const COLUMN: usize = 22;

/// The last lines: what is asked, else what is told, else the keys.
pub(super) fn lines(model: &Model, look: &Look, now: u64, width: usize) -> Vec<Line<'static>> {
    let (style, text) = match (&model.mode, model.told(now), &model.running) {
        (Mode::Ask(action), _, _) => (DOUBTFUL, action.question().unwrap_or_default()),
        (Mode::Filter(_), _, _) => (HEADING, format!("/{}_ (Enter keeps it, Esc drops it)", model.filter)),
        (Mode::Browse | Mode::Help, Some(outcome), _) => (of_health(outcome.well), outcome.text.clone()),
        (Mode::Browse | Mode::Help, None, Some(action)) => {
            (PLAIN, format!("Waiting for vrrpadm {}", action.arguments().join(" ")))
        }
        (Mode::Browse | Mode::Help, None, None) => return vec![keys(look, width)],
    };
    let mut lines = wrapped(look, style, &text, width);
    lines.truncate(MOST);
    lines
}

/// As many of the keys as there is room for.
fn keys(look: &Look, width: usize) -> Line<'static> {
    let (mut spans, mut used) = (Vec::new(), 0);
    for (key, does) in KEYS.into_iter().take(REMINDED) {
        let gap = if used == 0 { "" } else { "  " };
        used += gap.len() + key.len() + 1 + does.len();
        if used > width {
            break;
        }
        spans.extend([Span::raw(gap), Span::styled(key, look.style(HEADING)), Span::raw(format!(" {does}"))]);
    }
    Line::from(spans)
}

/// All keys, and what the signs on the screen mean; where there is no room for that, the keys alone.
pub(super) fn help(look: &Look, width: usize, room: usize) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    for (key, does) in KEYS {
        let key = Span::styled(format!("{key:<COLUMN$}"), look.style(HEADING));
        lines.push(Line::from(vec![key, Span::raw(look.fit(does, width.saturating_sub(COLUMN)))]));
    }
    let signs = "! is not well. M Master, B Backup, F Fault, I Init: the states of the past, now at the right. TIMER: until this \
                 host takes over (Backup) or advertises (Master).";
    lines.push(Line::default());
    lines.extend(wrapped(look, PLAIN, signs, width));
    if lines.len() > room {
        let keys: Vec<String> = KEYS.iter().map(|(key, does)| format!("{key}: {does}")).collect();
        return wrapped(look, PLAIN, &keys.join(", "), width);
    }
    lines
}
