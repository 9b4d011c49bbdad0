//! How the host is, in words and numbers.

use ratatui::text::Line;
use vrrp::status::Status;

use super::super::look::Look;
use super::super::model::Model;
use super::wrapped;
use crate::render::groups::sentence;
use crate::render::overview::{beat, verdict};
use crate::render::phrase::count;
use crate::render::time::age;
use crate::render::{BAD, DOUBTFUL, PLAIN};

/// How many lines a verdict may take where there is room.
const VERDICT: usize = 2;

/// The verdict, what else is wrong with the host, and how much it sends and hears.
pub(super) fn lines(model: &Model, look: &Look, now: u64, width: usize, tall: bool) -> Vec<Line<'static>> {
    let (style, text) = match (&model.status, &model.away) {
        (Some(status), _) => verdict(status),
        (None, Some(refusal)) => (BAD, refusal.to_string()),
        (None, None) => (PLAIN, "Asking vrrpd how everything is.".to_owned()),
    };
    let most = if tall { VERDICT } else { 1 };
    let mut lines = one_of(look, style, &text, width, most);
    let notes = model.status.as_ref().map(|status| notes(status, now)).unwrap_or_default();
    if let Some((first, others)) = notes.split_first() {
        let more = if others.is_empty() { String::new() } else { format!("(and {} more) ", others.len()) };
        lines.extend(one_of(look, DOUBTFUL, &format!("{more}{first}"), width, most));
    }
    lines.push(Line::raw(look.fit(&facts(model, now), width)));
    lines
}

/// Text in one line, or in up to `most`.
fn one_of(look: &Look, style: anstyle::Style, text: &str, width: usize, most: usize) -> Vec<Line<'static>> {
    let lines = wrapped(look, style, text, width);
    match lines.len() > most {
        true if most == 1 => vec![Line::styled(look.fit(text, width), look.style(style))],
        true => lines.into_iter().take(most).collect(),
        false => lines,
    }
}

/// What is wrong with the host as a whole, the worst first.
fn notes(status: &Status, now: u64) -> Vec<String> {
    let daemon = &status.daemon;
    let mut notes = Vec::new();
    if !daemon.problems.is_empty() {
        let problems = count(daemon.problems.len(), "problem");
        notes.push(format!("The configuration has {problems} and is not applied: see vrrpadm check."));
    }
    notes.extend(daemon.fights.iter().map(|fight| format!("A fight with another program: {fight}.")));
    let protecting = status.instances.iter().any(|instance| !instance.protects.is_empty());
    if let Some(reason) = daemon.units_unknown.as_ref().filter(|_| protecting) {
        notes.push(format!("Units cannot be watched: {reason}"));
    }
    let is_silent = |peers: &[vrrp::status::HeartbeatPeer]| peers.iter().any(|peer| !peer.present);
    let bad = daemon.heartbeats.iter().filter(|heartbeat| heartbeat.trouble.is_some() || is_silent(&heartbeat.peers));
    notes.extend(bad.map(|heartbeat| beat(heartbeat, now)));
    notes.extend(status.groups.iter().filter(|group| group.state != "ok").map(sentence));
    notes
}

/// Who tells, since when, and how much there is a second.
fn facts(model: &Model, now: u64) -> String {
    let mut facts = vec![model.host.clone()];
    match &model.status {
        None => facts.push("this goes on by itself when vrrpd answers".to_owned()),
        Some(Status { daemon, .. }) => {
            facts.push(format!("vrrpd {}, up {}", daemon.version, age(daemon.started, now)));
            if let Some(rate) = model.rates.all() {
                facts.push(format!("adverts: {:.1}/s in, {:.1}/s out", rate.received, rate.sent));
                if rate.discarded > 0.0 {
                    facts.push(format!("{:.1}/s discarded", rate.discarded));
                }
            }
        }
    }
    facts.join(" | ")
}
