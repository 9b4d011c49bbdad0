//! The second table of docs/state-machine.md: what two members of a group do when one of them is told something.

use std::fmt::Write;
use std::time::{Duration, Instant};

use vrrp::id::Family;
use vrrp::machine::{Action, Event, Kind};
use vrrp::sync::{Group, MemberAction};

use super::document::{advert, because, events};
use super::story::{beginning, primary, usual};

/// A group in each situation, nine seconds after it started.
fn situations() -> Vec<(&'static str, Group, Instant)> {
    let start = beginning();
    let now = start + Duration::from_secs(9);
    let group = |events: &[(f64, usize, Event)]| {
        let mut group = Group::new([usual(), usual()]);
        for member in 0..2 {
            let _ = group.handle(start, member, Event::Usable(primary(Family::V4)));
        }
        let _ = group.handle_all(start, &Event::Startup);
        for (at, member, event) in events {
            let at = start + Duration::from_secs_f64(*at);
            expire(&mut group, at);
            let _ = group.handle(at, *member, event.clone());
        }
        expire(&mut group, now);
        (group, now)
    };
    let named = |name, (group, now): (Group, Instant)| (name, group, now);
    vec![
        named("both hear a Master", group(&[(8.0, 0, advert(2, Some(200))), (8.0, 1, advert(2, Some(200)))])),
        named(
            "the other one waits",
            group(&[(2.0, 0, advert(2, Some(200))), (5.0, 0, advert(2, Some(200))), (8.0, 0, advert(2, Some(200)))]),
        ),
        named(
            "this one waits",
            group(&[(2.0, 1, advert(2, Some(200))), (5.0, 1, advert(2, Some(200))), (8.0, 1, advert(2, Some(200)))]),
        ),
        named("both are Master", group(&[(4.0, 0, Event::Claimed), (4.0, 1, Event::Claimed)])),
        named("this one fails", group(&[(1.0, 0, Event::Unusable(because()))])),
        named("the other one fails", group(&[(1.0, 1, Event::Unusable(because()))])),
        named("this one is barred", group(&[(1.0, 0, Event::Barred(because()))])),
        named("the other one is barred", group(&[(1.0, 1, Event::Barred(because()))])),
    ]
}

/// Lets all deadlines pass until a time.
fn expire(group: &mut Group, until: Instant) {
    while let Some(deadline) = group.deadline().filter(|deadline| *deadline <= until) {
        let _ = group.expire(deadline);
    }
}

/// What a member can be told from outside; the rest is what a group tells its members.
fn told() -> Vec<(Event, &'static str)> {
    let mut events = events();
    events.retain(|(event, _)| !matches!(event, Event::Sibling(_) | Event::Lead | Event::Yield));
    events
}

/// The table: an event that one member is told, in each situation.
pub(crate) fn transitions() -> String {
    let situations = situations();
    let names: Vec<_> = situations.iter().map(|(name, ..)| *name).collect();
    let mut table = format!("| event | {} |\n|---|{}\n", names.join(" | "), "---|".repeat(situations.len()));
    let before: Vec<String> = situations.iter().map(|(_, group, _)| states(group)).collect();
    writeln!(table, "| (before) | {} |", before.join(" | ")).unwrap();
    for (event, name) in told() {
        let cells: Vec<_> = situations.iter().map(|(_, group, now)| cell(group, *now, &event)).collect();
        writeln!(table, "| {name} | {} |", cells.join(" | ")).unwrap();
    }
    table
}

fn states(group: &Group) -> String {
    let [one, other] = [0, 1].map(|member| group.members()[member].kind());
    format!("{one:?}, {other:?}")
}

/// What both do, and the states that they come to.
fn cell(group: &Group, now: Instant, event: &Event) -> String {
    let mut after = group.clone();
    let actions: Vec<MemberAction> = if *event == Event::Deadline {
        let at = after.deadline().unwrap_or(now);
        after.expire(at)
    } else if matches!(event, Event::Reconfigured(_)) {
        // Their priority is one.
        (0..2).flat_map(|member| after.handle(now, member, event.clone())).collect()
    } else {
        after.handle(now, 0, event.clone())
    };
    let done: Vec<String> = [("", 0), ("other: ", 1)]
        .into_iter()
        .filter_map(|(whose, member)| {
            let words: Vec<&str> = actions.iter().filter_map(|action| word(member, action)).collect();
            (!words.is_empty()).then(|| format!("{whose}{}", words.join(", ")))
        })
        .collect();
    let moved = states(&after) != states(group);
    let states = moved.then(|| format!("**{}**", states(&after)));
    let parts: Vec<String> = done.into_iter().chain(states).collect();
    if parts.is_empty() { "·".to_owned() } else { parts.join("; ") }
}

fn word(member: usize, (whose, action): &MemberAction) -> Option<&'static str> {
    if *whose != member {
        return None;
    }
    match action {
        Action::Advertise(_) => Some("advertise"),
        Action::Hasten(_) => Some("hasten"),
        Action::Resign => Some("resign"),
        Action::Claim => Some("claim"),
        Action::Drain => Some("drain"),
        Action::Release => Some("release"),
        Action::Announce => Some("announce"),
        Action::Discard(_) => Some("discard"),
        Action::CountFiltered => Some("count"),
        Action::Contested => Some("tell"),
        Action::Enter(..) => None,
    }
}

#[test]
fn no_event_leaves_one_master_among_others() {
    for (name, group, now) in situations() {
        for (event, told) in told() {
            let mut after = group.clone();
            let _ = after.handle(now, 0, event);
            let masters = after.members().iter().filter(|member| member.kind() == Kind::Master).count();
            assert!(masters == 0 || masters == 2, "{name}, {told}: {}", states(&after));
        }
    }
}
