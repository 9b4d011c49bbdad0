//! One instance: who is heard, what is watched, and what it has gone through.

use ratatui::text::{Line, Span};
use vrrp::status::{Conflict, Instance, Router, State};

use super::super::look::Look;
use super::super::model::Model;
use super::{at_most, of_health, wrapped};
use crate::render::groups::sentence;
use crate::render::overview::beat;
use crate::render::phrase::{is_what, lacks_hold, runs, style};
use crate::render::time::{age, interval, wall};
use crate::render::why::{happened, watched};
use crate::render::{DOUBTFUL, GOOD, HEADING, PLAIN};

/// How many transitions are told where there is no room for all.
const RECENT: usize = 4;

/// The selected instance in as many lines as there is room for, or as it wants. What has happened is cut last, and has what is left.
pub(super) fn lines(model: &Model, look: &Look, now: u64, width: usize, room: Option<usize>) -> Vec<Line<'static>> {
    let Some(instance) = model.instance() else { return Vec::new() };
    let mut lines = wrapped(look, style(instance), &format!("{} {}", instance.name, is_what(instance)), width);
    lines.push(strip(model, instance, look, now, width));
    let told = instance.routers.iter().flat_map(|router| heard(instance, router, now));
    let told = told.chain(standing(model, instance, look, now));
    let facts: Vec<Line<'static>> = told.flat_map(|(style, text)| wrapped(look, style, &text, width)).collect();
    let Some(room) = room else {
        lines.extend(facts);
        lines.extend(past(model, look, now, width, RECENT));
        return lines;
    };
    let left = room.saturating_sub(lines.len());
    let past = past(model, look, now, width, left.saturating_sub(facts.len()).max(RECENT.min(left / 2)));
    lines.extend(at_most(look, facts, left.saturating_sub(past.len())));
    lines.extend(past);
    lines.truncate(room);
    lines
}

/// All that is known of the selected instance.
pub(super) fn everything(model: &Model, look: &Look, now: u64, width: usize) -> Vec<Line<'static>> {
    let Some(instance) = model.instance() else { return Vec::new() };
    let text = crate::render::details::everything(instance, now, &look.zone, width);
    let text = anstream::adapter::strip_str(&text).to_string();
    let (head, rest) = text.split_once("\n\n").unwrap_or((&text, ""));
    let mut lines: Vec<Line<'static>> =
        head.lines().map(|line| Line::styled(look.fit(line, width), look.style(style(instance)))).collect();
    lines.push(strip(model, instance, look, now, width));
    lines.push(Line::default());
    lines.extend(rest.lines().map(|line| Line::raw(look.fit(line, width))));
    let past = past(model, look, now, width, usize::MAX);
    if !past.is_empty() {
        lines.extend([Line::default(), Line::styled("What happened last:", look.style(HEADING))]);
        lines.extend(past);
    }
    lines
}

/// The states of the last minutes, a letter each.
fn strip(model: &Model, instance: &Instance, look: &Look, now: u64, width: usize) -> Line<'static> {
    let (before, after) = (format!("Last {}: ", model.span_word()), " now");
    let cells = width.saturating_sub(before.len() + after.len());
    let standing = runs(instance).then_some((instance.state, instance.since));
    let nothing = super::super::timeline::Timeline::default();
    let shown = model.timeline().unwrap_or(&nothing).cells(standing, now, model.span(), cells);
    let mut spans = vec![Span::raw(before)];
    for alike in shown.chunk_by(|one, next| one == next) {
        spans.push(match alike.first().copied().flatten() {
            Some(state) => Span::styled(state.name()[..1].repeat(alike.len()), look.of_state(state)),
            None => Span::raw(look.unknown().repeat(alike.len())),
        });
    }
    spans.push(Span::raw(after));
    Line::from(spans)
}

/// Who a virtual router hears, and who disturbs it.
fn heard(instance: &Instance, router: &Router, now: u64) -> Vec<(anstyle::Style, String)> {
    let family = &router.family;
    let every = router.master_advert_interval.map(|time| format!(", every {}", interval(time))).unwrap_or_default();
    let down = interval(router.master_down_interval);
    let priority = router.master_priority.map(|priority| format!(" with priority {priority}")).unwrap_or_default();
    let mut told = Vec::new();
    match (instance.state, &router.master) {
        (State::Master, Some(own)) => {
            let every = interval(instance.advert_interval);
            told.push((PLAIN, format!("{family}: this host advertises from {own}{priority}, every {every}")));
        }
        (State::Backup, Some(master)) => {
            let end = if instance.barred { String::new() } else { format!("; {down} without a word is its end") };
            told.push((PLAIN, format!("{family}: {master} is Master{priority}{every}{end}")));
        }
        (State::Backup, None) if instance.barred => told.push((DOUBTFUL, format!("{family}: no Master is heard"))),
        (State::Backup, None) => {
            told.push((PLAIN, format!("{family}: no Master is heard; takes over after {down} without a word")));
        }
        (State::Init | State::Master | State::Fault, _) => {}
    }
    if let Some(by) = &router.filtered_by {
        told.push((DOUBTFUL, format!("{family}: what it is to hear is filtered on this host: {by}")));
    }
    if let Some(Conflict { address, mac, at }) = &router.conflict {
        told.push((of_health(false), format!("{family}: {mac} answers for {address} too, {} ago", age(*at, now))));
    }
    let refused = |one: &vrrp::status::AuthRefusal| {
        (DOUBTFUL, format!("{family}: {} is refused: {}, {} ago", one.source, one.reason, age(one.at, now)))
    };
    told.extend(router.auth_refusals.iter().map(refused));
    told
}

/// What is watched, which addresses there are, and who is heard on heartbeats.
fn standing(model: &Model, instance: &Instance, look: &Look, now: u64) -> Vec<(anstyle::Style, String)> {
    let mut told = Vec::new();
    if instance.draining {
        told.push((PLAIN, "It serves on what it has resigned until another Master is heard.".to_owned()));
    }
    if let Some(away) = &instance.away {
        let until = match (away.until, away.forced) {
            (Some(until), _) => wall(until, &look.zone),
            (None, true) => "it is undone".to_owned(),
            (None, false) => "no other host serves".to_owned(),
        };
        told.push((DOUBTFUL, format!("It stays away until {until}; u undoes that.")));
    }
    told.extend(
        watched(instance, now, |_| true)
            .into_iter()
            .zip(&instance.conditions)
            .map(|(text, condition)| (if condition.standing == "good" { PLAIN } else { DOUBTFUL }, text)),
    );
    let lacks = lacks_hold(instance);
    let held = if lacks { " (not all are held: see systemctl status vrrp.service)" } else { "" };
    told.push((of_health(!lacks), format!("Addresses: {}{held}", instance.addresses.join(", "))));
    if !instance.unadvertised.is_empty() {
        told.push((PLAIN, format!("Not advertised: {}", instance.unadvertised.join(", "))));
    }
    for (what, ways) in [("Routes", &instance.virtual_routes), ("Rules", &instance.virtual_rules)] {
        if !ways.is_empty() {
            told.push((PLAIN, format!("{what} of the Master: {}", ways.join(", "))));
        }
    }
    let heartbeats = model.status.iter().flat_map(|status| &status.daemon.heartbeats);
    let groups = model.status.iter().flat_map(|status| &status.groups);
    told.extend(groups.map(|group| (if group.state == "ok" { PLAIN } else { DOUBTFUL }, sentence(group))));
    told.extend(
        heartbeats.map(|heartbeat| (if heartbeat.trouble.is_some() { DOUBTFUL } else { PLAIN }, beat(heartbeat, now))),
    );
    told
}

/// What happened last, the newest first.
fn past(model: &Model, look: &Look, now: u64, width: usize, most: usize) -> Vec<Line<'static>> {
    let changes = model.timeline().into_iter().flat_map(|timeline| timeline.newest()).take(most);
    let lines = changes.map(|change| {
        let of_change = match change.state {
            _ if change.old == change.state => PLAIN,
            State::Master => GOOD,
            State::Fault => of_health(false),
            State::Init | State::Backup => PLAIN,
        };
        Line::styled(look.fit(&happened(change, now), width), look.style(of_change))
    });
    lines.collect()
}
