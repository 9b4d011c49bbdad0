//! Interface groups: a sentence, a line each, or all that is known.

use anstyle::Style;
use vrrp::status::{Group, GroupMember, GroupTarget};

use super::table::{Cell, draw};
use super::time::{age, interval};
use super::{BAD, DOUBTFUL, GOOD, PLAIN, styled};
use crate::wrap::wrap;

/// What a column says that has nothing to say.
const NOTHING: &str = "-";

/// How a group is, in a sentence.
pub(crate) fn sentence(group: &Group) -> String {
    format!("Group {} is {}: {}.", group.name, group.state, group.reason)
}

/// A line each: the members that are used, `(those that wait)` and `[those that cannot be used]`.
pub(crate) fn table(groups: &[Group], width: usize, legend: bool) -> String {
    if groups.is_empty() {
        return none(legend);
    }
    let row = |group: &Group| {
        vec![
            Cell::new(group.name.clone()),
            Cell::styled(style(&group.state), group.state.clone()),
            Cell::new(group.failure_detection_time.map_or_else(|| NOTHING.to_owned(), interval)),
            Cell::new(group.members.iter().map(bracketed).collect::<Vec<_>>().join(" ")),
        ]
    };
    let rows: Vec<Vec<Cell<'_>>> = groups.iter().map(row).collect();
    draw(&["GROUP", "STATE", "DETECTION", "INTERFACES"], &rows, width, legend)
}

/// All that is known of groups: their members, and who is probed.
pub(crate) fn details(groups: &[Group], now: u64, width: usize, legend: bool) -> String {
    if groups.is_empty() {
        return none(legend);
    }
    let shown: Vec<String> = groups.iter().map(|group| detail(group, now, width, legend)).collect();
    shown.join("\n")
}

fn none(legend: bool) -> String {
    match legend {
        true => "No interface group is configured: see vrrp.toml(5) for [group.NAME].\n".to_owned(),
        false => String::new(),
    }
}

fn detail(group: &Group, now: u64, width: usize, legend: bool) -> String {
    let mut out = String::new();
    if legend {
        for line in wrap(&format!("{} Since {}.", sentence(group), age(group.since, now)), width) {
            out.push_str(&styled(style(&group.state), &line));
            out.push('\n');
        }
        for line in wrap(&ways(group), width) {
            out.push_str(&line);
            out.push('\n');
        }
        out.push('\n');
    }
    let rows: Vec<Vec<Cell<'_>>> = group.members.iter().map(|member| member_row(member, now)).collect();
    out.push_str(&draw(&["INTERFACE", "ACTIVE", "LINK", "PROBE", "STATE", "SINCE", "WHY"], &rows, width, legend));
    let probed = || group.members.iter().filter(|member| !member.targets.is_empty());
    if probed().next().is_some() {
        let rows: Vec<Vec<Cell<'_>>> = probed().flat_map(target_rows).collect();
        out.push('\n');
        out.push_str(&draw(
            &["INTERFACE", "TARGET", "ANSWERED", "LOST", "RTT", "AVERAGE", "DEVIATION", "FROM"],
            &rows,
            width,
            legend,
        ));
    }
    out
}

/// How members are judged, in a sentence.
fn ways(group: &Group) -> String {
    let probes = match (group.probe.as_str(), group.failure_detection_time) {
        ("icmp", Some(time)) => {
            format!("Its members are judged by their links and by echo requests, within {}", interval(time))
        }
        ("arp", Some(time)) => {
            format!(
                "Its members are judged by their links and by ARP and neighbour solicitations, within {}",
                interval(time)
            )
        }
        (_, _) => "Its members are judged by their links alone".to_owned(),
    };
    let targets = match group.members.first().map(|member| member.mode.as_str()) {
        Some("routes") => "; probed are the routers that their routes lead to",
        Some(_) | None => "",
    };
    let failback = if group.failback { "" } else { "; one that is repaired waits" };
    format!("{probes}{targets}{failback}.")
}

fn member_row(member: &GroupMember, now: u64) -> Vec<Cell<'_>> {
    let why = match &member.trouble {
        Some(trouble) => format!("{}; the last probe was not sent: {trouble}", member.reason),
        None => member.reason.clone(),
    };
    vec![
        Cell::new(&member.interface),
        Cell::new(if member.active { "yes" } else { "no" }),
        Cell::new(&member.link),
        Cell::new(&member.probe),
        Cell::styled(style(&member.state), &member.state),
        Cell::new(age(member.since, now)),
        Cell::new(why),
    ]
}

fn target_rows(member: &GroupMember) -> Vec<Vec<Cell<'_>>> {
    let row = |target: &GroupTarget| {
        let address = if target.rests { format!("[{}]", target.address) } else { target.address.clone() };
        vec![
            Cell::new(member.interface.clone()),
            Cell::new(address),
            Cell::new(format!("{}/{}", target.answered, target.sent)),
            Cell::new(target.lost.to_string()),
            Cell::new(span(target.round_trip)),
            Cell::new(span(target.average)),
            Cell::new(span(target.deviation)),
            Cell::new(member.test_address.clone().unwrap_or_else(|| NOTHING.to_owned())),
        ]
    };
    member.targets.iter().map(row).collect()
}

/// Microseconds as milliseconds: `0.42ms`.
fn span(micros: Option<u32>) -> String {
    micros.map_or_else(|| NOTHING.to_owned(), |micros| format!("{}.{:02}ms", micros / 1000, micros % 1000 / 10))
}

fn bracketed(member: &GroupMember) -> String {
    match (member.active, member.state.as_str()) {
        (_, "failed" | "offline") => format!("[{}]", member.interface),
        (false, _) => format!("({})", member.interface),
        (true, _) => member.interface.clone(),
    }
}

fn style(state: &str) -> Style {
    match state {
        "ok" => GOOD,
        "failed" => BAD,
        "degraded" | "offline" | "unknown" => DOUBTFUL,
        _ => PLAIN,
    }
}
