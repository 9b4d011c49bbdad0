//! Keeps docs/state-machine.md true: its tables are made from the machine and from the clauses.

use std::fmt::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use vrrp::id::{Family, Interval, Priority, Version};
use vrrp::machine::{Action, Event, Filter, Heard, Parameters, Place, Reason, Resumption, VirtualRouter};
use vrrp::wire::Dialect;

use super::clauses;
use super::group;
use super::story::{beginning, primary, usual};

#[test]
fn the_document_tells_what_the_machine_does() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/state-machine.md");
    let written = read(&path);
    let mut right = replace(&written, "transitions", &transitions());
    right = replace(&right, "group", &group::transitions());
    right = replace(&right, "clauses", &clauses());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        write(&path, &right);
    } else {
        assert!(written == right, "docs/state-machine.md is out of date: run the test with UPDATE_DOCS=1");
    }
}

#[expect(clippy::disallowed_methods, reason = "the document is what the test is about")]
pub(super) fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

#[expect(clippy::disallowed_methods, reason = "the document is what the test is about")]
pub(super) fn write(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
}

/// Puts a table between the two comments that mark its place.
fn replace(document: &str, name: &str, table: &str) -> String {
    let (begin, end) = (format!("<!-- begin {name} -->\n"), format!("<!-- end {name} -->\n"));
    let (before, rest) = document.split_once(&begin).unwrap_or_else(|| panic!("no mark: {begin}"));
    let (_, after) = rest.split_once(&end).unwrap_or_else(|| panic!("no mark: {end}"));
    format!("{before}{begin}{table}{end}{after}")
}

fn clauses() -> String {
    let mut table = "| source | what it asks | stories that prove it |\n|---|---|---|\n".to_owned();
    for clause in clauses::all() {
        let stories: Vec<String> = clause.stories.iter().map(|story| format!("`{story}`")).collect();
        writeln!(table, "| {} | {} | {} |", clause.source, clause.asks, stories.join("<br>")).unwrap();
    }
    table
}

fn transitions() -> String {
    let states = states();
    let names: Vec<_> = states.iter().map(|(name, ..)| *name).collect();
    let mut table = format!("| event | {} |\n|---|{}\n", names.join(" | "), "---|".repeat(states.len()));
    let events = events();
    for (event, name) in &events {
        assert!(name.starts_with(event_name(event)), "{name} is no name for this event");
        let cells: Vec<_> = states.iter().map(|(_, router, now)| cell(router, *now, event)).collect();
        writeln!(table, "| {name} | {} |", cells.join(" | ")).unwrap();
    }
    table
}

/// A router in each state, nine seconds after it started.
fn states() -> Vec<(&'static str, VirtualRouter, Instant)> {
    let start = beginning();
    let now = start + Duration::from_secs(9);
    let router = |place, events: &[Event]| {
        let mut router = VirtualRouter::new(usual(), place);
        for event in [&[Event::Usable(primary(Family::V4))], events].concat() {
            let time = router.deadline().filter(|_| event == Event::Deadline);
            let _ = router.handle(time.unwrap_or(start), event);
        }
        router
    };
    let mut backup = router(Place::Alone, &[Event::Startup]);
    let _ = backup.handle(start + Duration::from_secs(8), advert(2, Some(200)));
    let mut master = router(Place::Alone, &[Event::Startup, Event::Deadline, Event::Claimed]);
    while let Some(deadline) = master.deadline().filter(|deadline| *deadline <= now) {
        let _ = master.handle(deadline, Event::Deadline);
    }
    let ready = router(Place::First, &[Event::Startup, Event::Deadline]);
    let barred = router(Place::Alone, &[Event::Startup, Event::Barred(because())]);
    let fault = router(Place::Alone, &[Event::Startup, Event::Unusable(because())]);
    vec![
        ("Init", router(Place::Alone, &[]), now),
        ("Backup", backup, now),
        ("Backup, waiting for the other family", ready, now),
        ("Backup, barred", barred, now),
        ("Master", master, now),
        ("Fault", fault, now),
    ]
}

pub(super) fn events() -> Vec<(Event, &'static str)> {
    let slower = Parameters { priority: Priority::new(64).unwrap(), ..usual() };
    vec![
        (Event::Startup, "Startup"),
        (Event::Resume(Resumption::default()), "Resume"),
        (Event::Shutdown, "Shutdown"),
        (Event::Usable(primary(Family::V4)), "Usable"),
        (Event::Unusable(because()), "Unusable"),
        (Event::Sibling(Some(because())), "Sibling: in Fault"),
        (Event::Sibling(None), "Sibling: no longer in Fault"),
        (Event::Admitted, "Admitted"),
        (Event::Barred(Reason::Because("another reason".to_owned())), "Barred"),
        (Event::LastResort(Reason::Because("another reason".to_owned())), "Last resort"),
        (advert(2, Some(200)), "Received: higher priority"),
        (advert(11, Some(128)), "Received: same priority, higher address"),
        (advert(9, Some(128)), "Received: same priority, lower address"),
        (advert(2, Some(100)), "Received: lower priority"),
        (advert(2, None), "Received: resignation"),
        (advert(10, Some(200)), "Received: own address"),
        (afar(2, Some(200)), "Heartbeat: higher priority"),
        (afar(2, Some(100)), "Heartbeat: lower priority"),
        (afar(2, None), "Heartbeat: resignation"),
        (filtered(2, Some(200)), "Filtered: higher priority"),
        (Event::Contested, "Contested"),
        (Event::Deadline, "Deadline"),
        (Event::Reconfigured(slower), "Reconfigured: lower priority"),
        (Event::Claimed, "Claimed"),
        (Event::Lapsed, "Lapsed"),
        (Event::Refused(because()), "Refused"),
        (Event::Lead, "Lead"),
        (Event::Yield, "Yield"),
    ]
}

/// Names an event. Whoever adds one is led here, and from here to [`events`].
pub(super) fn event_name(event: &Event) -> &'static str {
    match event {
        Event::Startup => "Startup",
        Event::Resume(_) => "Resume",
        Event::Shutdown => "Shutdown",
        Event::Usable(_) => "Usable",
        Event::Unusable(_) => "Unusable",
        Event::Sibling(_) => "Sibling",
        Event::Admitted => "Admitted",
        Event::Barred(_) => "Barred",
        Event::LastResort(_) => "Last resort",
        Event::Received(_) => "Received",
        Event::Heartbeat(_) => "Heartbeat",
        Event::Filtered(..) => "Filtered",
        Event::Contested => "Contested",
        Event::Deadline => "Deadline",
        Event::Reconfigured(_) => "Reconfigured",
        Event::Claimed => "Claimed",
        Event::Lapsed => "Lapsed",
        Event::Refused(_) => "Refused",
        Event::Lead => "Lead",
        Event::Yield => "Yield",
    }
}

/// What an event does to a router: actions, and what becomes of its deadline.
fn cell(router: &VirtualRouter, now: Instant, event: &Event) -> String {
    let mut after = router.clone();
    let now = router.deadline().filter(|_| *event == Event::Deadline).unwrap_or(now);
    let mut words: Vec<String> =
        after.handle(now, event.clone()).into_iter().map(|action| word(router, &action)).collect();
    if after.deadline() != router.deadline() {
        words.push(match after.deadline() {
            Some(deadline) => format!("timer {} s", (deadline - now).as_secs_f64()),
            None => "timer off".to_owned(),
        });
    }
    if words.is_empty() && format!("{after:?}") != format!("{router:?}") {
        words.push("remembered".to_owned());
    }
    if words.is_empty() { "·".to_owned() } else { words.join(", ") }
}

fn word(router: &VirtualRouter, action: &Action) -> String {
    match action {
        Action::Advertise(_) => "advertise".to_owned(),
        Action::Hasten(_) => "hasten".to_owned(),
        Action::Resign => "resign".to_owned(),
        Action::Claim => "claim".to_owned(),
        Action::Drain => "drain".to_owned(),
        Action::Release => "release".to_owned(),
        Action::Announce => "announce".to_owned(),
        Action::Discard(_) => "discard".to_owned(),
        Action::CountFiltered => "count".to_owned(),
        Action::Contested => "tell".to_owned(),
        Action::Enter(kind, _) if *kind == router.kind() => "reason told".to_owned(),
        Action::Enter(kind, _) => format!("**{kind:?}**"),
    }
}

pub(super) fn advert(last: u8, priority: Option<u8>) -> Event {
    Event::Received(heard(last, priority))
}

fn afar(last: u8, priority: Option<u8>) -> Event {
    Event::Heartbeat(heard(last, priority))
}

fn filtered(last: u8, priority: Option<u8>) -> Event {
    Event::Filtered(heard(last, priority), Filter::Firewall)
}

fn heard(last: u8, priority: Option<u8>) -> Heard {
    Heard {
        source: [192, 0, 2, last].into(),
        version: Version::V3,
        priority: priority.and_then(Priority::new),
        interval: Interval::DEFAULT,
        dialect: Dialect::PseudoHeader,
    }
}

pub(super) fn because() -> Reason {
    Reason::Because("a reason".to_owned())
}
