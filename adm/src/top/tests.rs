//! What somebody sees who was woken at night, of made-up hosts.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use insta::assert_snapshot;
use jiff::tz::TimeZone;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use vrrp::status::{
    AuthRefusal, Condition, Conflict, Counters, Daemon, Heartbeat, HeartbeatPeer, Instance, Router, State, Status,
    Transition,
};

use super::action::{Action, Outcome, Verb};
use super::draw::draw;
use super::keys::Order;
use super::look::Look;
use super::model::Model;
use super::order::Sort;
use super::source::Update;
use crate::bus::Refusal;
use crate::bus::events::{self, Event};

mod keys;
mod news;
mod screens;

const NOW: u64 = 1_700_000_000_000_000;
const SECOND: u64 = 1_000_000;

fn master() -> Instance {
    Instance {
        name: "web".to_owned(),
        state: State::Master,
        reason: "192.0.2.2 was silent for 3.609 s".to_owned(),
        since: NOW - 185 * SECOND,
        interface: "eth0".to_owned(),
        vrid: 51,
        version: 3,
        addresses: vec!["192.0.2.10/24".to_owned(), "2001:db8::10/64".to_owned()],
        priority: 100,
        effective_priority: 100,
        advert_interval: 1000,
        hold: "address".to_owned(),
        held: true,
        enabled: true,
        conditions: vec![condition("unit", "http.service", "good", "http.service is active")],
        routers: vec![router("IPv4", "192.0.2.1", 100, 400), router("IPv6", "fe80::1", 100, 400)],
        ..Instance::default()
    }
}

fn backup() -> Instance {
    Instance {
        name: "db".to_owned(),
        state: State::Backup,
        reason: "192.0.2.2 is Master with priority 150".to_owned(),
        since: NOW - 86_400 * 3 * SECOND,
        addresses: vec!["192.0.2.20/24".to_owned()],
        effective_priority: 70,
        conditions: vec![condition("script", "/usr/bin/lag", "bad", "exit code 1: 30 s behind")],
        routers: vec![router("IPv4", "192.0.2.2", 150, 2700)],
        ..master()
    }
}

fn barred() -> Instance {
    Instance {
        name: "mail".to_owned(),
        barred: true,
        reason: "postfix.service is failed".to_owned(),
        effective_priority: 100,
        conditions: vec![condition("unit", "postfix.service", "bad", "postfix.service is failed")],
        routers: vec![Router { timer: None, ..router("IPv4", "192.0.2.2", 150, 0) }],
        ..backup()
    }
}

fn fault() -> Instance {
    Instance {
        name: "lan".to_owned(),
        state: State::Fault,
        reason: "eth1 has no carrier".to_owned(),
        since: NOW - 12 * SECOND,
        conditions: Vec::new(),
        routers: Vec::new(),
        ..master()
    }
}

fn condition(kind: &str, watches: &str, standing: &str, reason: &str) -> Condition {
    Condition {
        kind: kind.to_owned(),
        watches: watches.to_owned(),
        effect: if standing == "bad" && kind == "script" { "-30" } else { "backup" }.to_owned(),
        standing: standing.to_owned(),
        reason: reason.to_owned(),
        since: Some(NOW - 200 * SECOND),
        ..Condition::default()
    }
}

fn router(family: &str, master: &str, priority: u8, left: u64) -> Router {
    Router {
        family: family.to_owned(),
        primary: Some("192.0.2.1".to_owned()),
        master: Some(master.to_owned()),
        master_priority: Some(priority),
        master_advert_interval: Some(1000),
        master_down_interval: 3609,
        timer: Some(NOW + left * 1000),
        ..Router::default()
    }
}

fn daemon() -> Daemon {
    let peer = HeartbeatPeer { address: "10.0.0.2".to_owned(), heard: NOW, present: true };
    let (name, interface) = ("hb".to_owned(), "eth2".to_owned());
    let heartbeats = vec![Heartbeat { name, interface, peers: vec![peer], ..Heartbeat::default() }];
    Daemon { version: "0.1.0".to_owned(), started: NOW - 3 * 3600 * SECOND, heartbeats, ..Daemon::default() }
}

/// What the daemon tells twice, two seconds apart.
fn looking(instances: Vec<Instance>) -> Model {
    let mut model = Model::new("left".to_owned(), BTreeSet::new(), Sort::Trouble);
    let mut status = Status { daemon: daemon(), instances, ..Status::default() };
    let first = Instant::now();
    model.apply(Update::Status(Box::new(status.clone()), first), NOW);
    for instance in &mut status.instances {
        for router in &mut instance.routers {
            let counted = |of_state| if instance.state == of_state { 2 } else { 0 };
            router.counters = Counters {
                advertisements_sent: counted(State::Master),
                advertisements_received: counted(State::Backup),
                ..Counters::default()
            };
        }
    }
    model.apply(Update::Status(Box::new(status), first + Duration::from_secs(2)), NOW);
    model.arrange();
    model
}

/// All kinds of instances, with `web` selected and its past known.
fn all() -> Model {
    let mut model = looking(vec![backup(), fault(), barred(), master()]);
    model.apply(Update::History("web".to_owned(), past()), NOW);
    press(&mut model, KeyCode::End);
    model
}

fn past() -> Vec<Transition> {
    let change = |ago: u64, old, state, reason: &str| Transition {
        instance: "web".to_owned(),
        number: 1,
        time: NOW - ago * SECOND,
        old,
        state,
        reason: reason.to_owned(),
    };
    vec![
        change(700, State::Init, State::Backup, "no Master was heard yet"),
        change(690, State::Backup, State::Master, "no Master was heard for 3.609 s"),
        change(400, State::Master, State::Fault, "eth0 is down"),
        change(390, State::Fault, State::Backup, "eth0 is up"),
        change(185, State::Backup, State::Master, "192.0.2.2 was silent for 3.609 s"),
    ]
}

fn press(model: &mut Model, key: KeyCode) -> Option<Order> {
    let order = model.press(KeyEvent::new(key, KeyModifiers::NONE), NOW);
    model.arrange();
    order
}

fn write(model: &mut Model, text: &str) -> Option<Order> {
    text.chars().filter_map(|character| press(model, KeyCode::Char(character))).last()
}

fn look(unicode: bool) -> Look {
    Look { colour: false, unicode, zone: TimeZone::UTC }
}

/// The screen of so many columns and rows, a line each.
fn seen_with(model: &mut Model, columns: u16, rows: u16, look: &Look) -> String {
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    terminal.draw(|frame| draw(frame, model, look, NOW)).unwrap();
    let buffer = terminal.backend().buffer();
    let line = |row| (0..columns).map(|column| buffer[(column, row)].symbol()).collect::<String>();
    (0..rows).map(|row| line(row).trim_end().to_owned() + "\n").collect()
}

fn seen(model: &mut Model, columns: u16, rows: u16) -> String {
    seen_with(model, columns, rows, &look(true))
}
