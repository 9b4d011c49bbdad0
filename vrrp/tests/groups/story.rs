//! The language of the stories.
//!
//! ```text
//! check(
//!     "2 members, probes",                 // what differs from the usual group
//!     "0.0  eth0 up                        // seconds, and what happens then
//!      1.0  eth0 has no carrier
//!      9.0  end",                          // so long time passes
//!     "1.000 eth0 failed (eth0 has no carrier)   // what is told then, in this order
//!      1.000 use eth1",
//! );
//! ```
//!
//! The usual group has one member, a detection time of 7 s, so that a probe is sent each second, and fails back. With `probes`
//! each member has the targets 192.0.2.1 and 192.0.2.2, which answer in half a millisecond.
//!
//! `eth0 mute` has its probes lost though it has a carrier, `eth0 heard` no longer; `192.0.2.1 dies` and `192.0.2.1 lives` do the
//! same to a target.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use vrrp::group::{Action, Event, Parameters};

use super::world::{World, group_of};

/// The targets of the usual group with probes.
pub(crate) const TARGETS: [&str; 2] = ["192.0.2.1", "192.0.2.2"];

/// Plays a story, and compares what is told with what is expected.
#[track_caller]
pub(crate) fn check(group: &str, happens: &str, expected: &str) {
    let parameters = parameters(group);
    let (probes, count) = (parameters.probes, parameters.members.len());
    let mut world = World::new(parameters, 1);
    let mut told = Vec::new();
    for member in 0..count {
        assert_eq!(world.happen(Event::Link(member, Ok(()))).iter().filter(|one| is_news(one)).count(), 0);
        if probes {
            let targets = TARGETS.map(|target| target.parse().unwrap()).to_vec();
            let _ = world.happen(Event::Targets(member, targets));
        }
    }
    for line in lines(happens) {
        let (time, happens) = line.split_once(' ').unwrap_or_else(|| panic!("no time: {line}"));
        let at = world.zero + Duration::from_secs_f64(time.parse().unwrap());
        let done = world.run(at);
        told.extend(done.into_iter().map(|(at, action)| tell(&world, at, &action)));
        let done = happen(&mut world, happens.trim());
        told.extend(done.into_iter().map(|action| tell(&world, at, &action)));
    }
    let expected: Vec<String> = lines(expected).map(|line| words(line).join(" ")).collect();
    assert!(told == expected, "expected:\n  {}\ntold:\n  {}", expected.join("\n  "), told.join("\n  "));
}

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty())
}

/// A link that was never lost is no news.
fn is_news(action: &Action) -> bool {
    matches!(action, Action::Group { .. } | Action::Use(_) | Action::FindTargets { .. })
}

fn parameters(group: &str) -> Parameters {
    let (mut active, mut standby) = (1, 0);
    let (mut probes, mut failback, mut detection_time) = (false, true, Duration::from_secs(7));
    for setting in group.split(',').map(str::trim).filter(|setting| !setting.is_empty()) {
        match words(setting).as_slice() {
            [count, "members"] => active = count.parse().unwrap(),
            [count, "standby"] => standby = count.parse().unwrap(),
            ["probes"] => probes = true,
            ["failback", "off"] => failback = false,
            ["detection", seconds] => detection_time = Duration::from_secs_f64(seconds.parse().unwrap()),
            other => panic!("no setting: {other:?}"),
        }
    }
    Parameters { probes, failback, detection_time, ..group_of(active, standby) }
}

#[track_caller]
fn happen(world: &mut World, what: &str) -> Vec<Action> {
    let (who, what) = what.split_once(' ').unwrap_or((what, ""));
    if let Ok(target) = who.parse::<IpAddr>() {
        match what {
            "dies" => world.dead.insert(target),
            "lives" => world.dead.remove(&target),
            other => panic!("no fate of a target: {other}"),
        };
        return Vec::new();
    }
    let Some(member) = world.group.position(who) else {
        assert_eq!(who, "end", "no member, no target and no end");
        return Vec::new();
    };
    match what {
        "mute" => {
            world.mute.insert(member);
            Vec::new()
        }
        "heard" => {
            world.mute.remove(&member);
            Vec::new()
        }
        "up" => world.happen(Event::Link(member, Ok(()))),
        "offline" => world.happen(Event::Offline(member)),
        "online" => world.happen(Event::Online(member)),
        other => match other.strip_prefix("targets") {
            Some(targets) => {
                let targets = words(targets).into_iter().map(|target| target.parse().unwrap()).collect();
                world.happen(Event::Targets(member, targets))
            }
            None => world.happen(Event::Link(member, Err(other.to_owned()))),
        },
    }
}

fn tell(world: &World, at: Instant, action: &Action) -> String {
    let link = |member: usize| &world.group.parameters().members[member].0;
    let time = (at - world.zero).as_secs_f64();
    match action {
        Action::Probe { .. } => unreachable!("the world takes them"),
        Action::FindTargets { member, reason } => format!("{time:.3} find targets of {} ({reason})", link(*member)),
        Action::Member { member, state, reason } => format!("{time:.3} {} {state} ({reason})", link(*member)),
        Action::Group { state, reason } => format!("{time:.3} group {state} ({reason})"),
        Action::Use(Some(member)) => format!("{time:.3} use {}", link(*member)),
        Action::Use(None) => format!("{time:.3} use none"),
    }
}
