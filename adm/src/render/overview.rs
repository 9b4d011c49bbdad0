//! All instances: the verdict in words, then a table.

use std::borrow::Cow;

use anstyle::Style;
use vrrp::status::{Heartbeat, HeartbeatPeer, Instance, State, Status};

use super::phrase::{count, is_well, is_what, runs, style, why};
use super::table::{Cell, draw};
use super::time::age;
use super::{BAD, GOOD, PLAIN, groups, ipvs, styled};
use crate::wrap::wrap;

/// How many instances a verdict names.
const NAMED: usize = 3;

/// Draws a status in `width` columns, as it is at `now`. The `legend` is the verdict and the headings.
pub(crate) fn overview(status: &Status, now: u64, width: usize, legend: bool) -> String {
    let mut out = problems(status);
    if legend {
        let (style, verdict) = verdict(status);
        for line in wrap(&verdict, width) {
            out.push_str(&styled(style, &line));
            out.push('\n');
        }
    }
    let protecting = status.instances.iter().any(|instance| !instance.protects.is_empty());
    if let Some(reason) = status.daemon.units_unknown.as_ref().filter(|_| protecting) {
        out.push_str(&format!("Units cannot be watched: {reason}\n"));
    }
    for fight in &status.daemon.fights {
        out.push_str(&wrap(&format!("A fight with another program: {fight}."), width).join("\n  "));
        out.push('\n');
    }
    for instance in &status.instances {
        if let Some(daemon) = instance.sync_daemon.as_ref().filter(|daemon| !ipvs::is_well(daemon)) {
            let line = format!("The sync daemon of IPVS for {} {}.", instance.name, ipvs::phrase(daemon, now));
            out.push_str(&wrap(&line, width).join("\n  "));
            out.push('\n');
        }
    }
    if !status.instances.is_empty() {
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(&table(&status.instances, now, width, legend));
    }
    if !status.daemon.heartbeats.is_empty() {
        out.push('\n');
        for heartbeat in &status.daemon.heartbeats {
            out.push_str(&wrap(&beat(heartbeat, now), width).join("\n  "));
            out.push('\n');
        }
    }
    if !status.groups.is_empty() {
        out.push('\n');
        for group in &status.groups {
            out.push_str(&wrap(&groups::sentence(group), width).join("\n  "));
            out.push('\n');
        }
    }
    out
}

/// A heartbeat in a sentence: whether it is sent, and who is heard on it.
pub(crate) fn beat(heartbeat: &Heartbeat, now: u64) -> String {
    let Heartbeat { name, interface, trouble, peers, .. } = heartbeat;
    if let Some(trouble) = trouble {
        return format!("Heartbeat {name} cannot be sent: {trouble}.");
    }
    let peer = |peer: &HeartbeatPeer| match peer.present {
        true => format!("{} is heard", peer.address),
        false => format!("{} has been silent for {}", peer.address, age(peer.heard, now)),
    };
    let peers: Vec<String> = peers.iter().map(peer).collect();
    match peers.as_slice() {
        [] => format!("Heartbeat {name} on {interface}: nobody has been heard."),
        peers => format!("Heartbeat {name} on {interface}: {}.", peers.join(", ")),
    }
}

/// What is wrong with a configuration that was not applied, and that it was not.
pub(crate) fn problems(status: &Status) -> String {
    let problems = &status.daemon.problems;
    if problems.is_empty() {
        return String::new();
    }
    let head = format!(
        "The configuration has {} and is not applied: vrrpd runs the last good one.",
        count(problems.len(), "problem")
    );
    format!("{}\n{}\n\n", styled(BAD, &head), problems.join("\n"))
}

/// How the instances are, in a sentence with its style.
pub(crate) fn verdict(status: &Status) -> (Style, String) {
    let instances = &status.instances;
    let unwell: Vec<&Instance> = instances.iter().filter(|instance| !is_well(instance)).collect();
    match (instances.as_slice(), unwell.as_slice()) {
        ([], _) if status.daemon.started == 0 => {
            (PLAIN, format!("No instance is configured, and {}.", status.daemon.summary))
        }
        ([], _) => (PLAIN, "No instance is configured: vrrpadm create NAME makes one.".to_owned()),
        (several, _) if status.daemon.started == 0 => {
            (PLAIN, format!("{} configured, but {}.", are(several.len()), status.daemon.summary))
        }
        ([one], []) => (style(one), format!("{} {}", one.name, is_what(one))),
        (_, []) => (GOOD, format!("All {} are well: {}.", count(instances.len(), "instance"), states(instances))),
        (_, [one]) => (BAD, format!("{} {}", one.name, what_is_wrong(one))),
        (_, several) => {
            let mut names: Vec<String> = several.iter().take(NAMED).map(|one| short(one)).collect();
            if several.len() > NAMED {
                names.push(format!("{} more", several.len() - NAMED));
            }
            let names = names.join(", ");
            (BAD, format!("{} of {} instances are not well: {names}.", several.len(), instances.len()))
        }
    }
}

fn are(instances: usize) -> String {
    format!("{} {}", count(instances, "instance"), if instances == 1 { "is" } else { "are" })
}

/// What is wrong with an instance, to be said after its name.
fn what_is_wrong(instance: &Instance) -> String {
    match instance.state {
        State::Master => "is Master, but its addresses are not all held here".to_owned(),
        State::Backup if !instance.barred => "is Backup, but its addresses are not all held here".to_owned(),
        State::Init | State::Backup | State::Fault => is_what(instance),
    }
}

fn short(instance: &Instance) -> String {
    let word = match instance.state {
        State::Fault => "in Fault",
        State::Init => "not set up",
        State::Backup if instance.barred => "barred",
        State::Backup | State::Master => "not held",
    };
    format!("{} {word}", instance.name)
}

fn states(instances: &[Instance]) -> String {
    let number = |state: State| instances.iter().filter(|one| one.enabled && one.state == state).count();
    let disabled = instances.iter().filter(|instance| !instance.enabled).count();
    let counts = [(number(State::Master), "Master"), (number(State::Backup), "Backup"), (disabled, "disabled")];
    let counts: Vec<String> =
        counts.into_iter().filter(|(number, _)| *number > 0).map(|(number, word)| format!("{number} {word}")).collect();
    counts.join(", ")
}

fn table(instances: &[Instance], now: u64, width: usize, legend: bool) -> String {
    let headings = ["NAME", "STATE", "SINCE", "MASTER", "PRIORITY", "ADDRESSES", "PROTECTS", "WHY"];
    let rows: Vec<Vec<Cell<'_>>> = instances.iter().map(|instance| row(instance, now)).collect();
    draw(&headings, &rows, width, legend)
}

fn row(instance: &Instance, now: u64) -> Vec<Cell<'_>> {
    let state = if runs(instance) || !instance.enabled { instance.state.name() } else { "-" };
    let since = if runs(instance) { age(instance.since, now).into() } else { Cow::Borrowed("-") };
    vec![
        Cell::new(&instance.name),
        Cell::styled(style(instance), state),
        Cell::new(since),
        Cell::of(masters(instance)),
        Cell::new(priority(instance)),
        Cell::of(instance.virtual_addresses()),
        Cell::of(instance.protects.iter().map(|unit| unit.unit.as_str())),
        Cell::new(why(instance)),
    ]
}

/// Who is Master, for each family that has one.
pub(crate) fn masters(instance: &Instance) -> Vec<&str> {
    if instance.state == State::Master {
        return vec!["this host"];
    }
    instance.routers.iter().filter_map(|router| router.master.as_deref()).collect()
}

/// The configured priority, and the one in force where weights make it another.
pub(super) fn priority(instance: &Instance) -> String {
    if instance.effective_priority == instance.priority {
        instance.priority.to_string()
    } else {
        format!("{} -> {}", instance.priority, instance.effective_priority)
    }
}
