//! Hosts with a heartbeat link: a cut of their own link makes no second Master, and one that leaves is followed at once.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use vrrp::id::Version;
use vrrp::machine::{Handover, Kind};

use super::cut::comes_to_rest;
use super::plan::{Lane, Plan};
use super::schedule::{Lanes, schedules};
use super::search::search;
use super::segment::Segment;

#[test]
fn a_heartbeat_that_works_leaves_no_second_master() {
    search("links that stay cut, a heartbeat that works", schedules(Lanes::Heartbeat, 4, 30), |schedule| {
        let mut segment = schedule.play();
        segment.settle();
        segment.beats.fill(true);
        for host in &mut segment.hosts {
            host.heartbeat = true;
        }
        comes_to_rest(schedule, &mut segment)?;
        for lane in Lane::ALL {
            prop_assert!(segment.masters(lane).len() <= 1, "several Masters: {segment}");
        }
        Ok(())
    });
}

#[test]
fn a_heartbeat_that_is_cut_like_the_links_lets_everybody_come_to_rest() {
    search("links and a heartbeat that stay cut", schedules(Lanes::Heartbeat, 4, 30), |schedule| {
        let mut segment = schedule.play();
        segment.settle();
        comes_to_rest(schedule, &mut segment)
    });
}

/// Two hosts on one link with a heartbeat link besides; the first has the higher priority, or else the lower address.
fn pair(priorities: [u8; 2]) -> Segment {
    let plan = |host: u8| Plan {
        lanes: vec![Lane::V4, Lane::V6],
        heartbeat: true,
        crowded: false,
        version: Version::V3,
        priority: priorities[usize::from(host)],
        centiseconds: 100,
        preempt: true,
        preempt_delay: Duration::ZERO,
        handover: Handover::default(),
        rank: [u16::from(host) + 1, 2 - u16::from(host), 0, 0],
    };
    let mut segment = Segment::new([plan(0), plan(1)], 0);
    for host in 0..2 {
        segment.with(host, |host, now| host.start(now));
    }
    segment
}

/// What becomes of a cable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cut {
    /// The host sees it.
    Carrier,
    /// Nobody sees it.
    Silent,
}

/// Sets the cables of A's own link and heartbeat, and of B's.
fn plug(segment: &mut Segment, [a_link, a_beat, b_link, b_beat]: [bool; 4], cut: Cut) {
    match cut {
        Cut::Carrier => {
            for (host, up) in [(0, a_link), (1, b_link)] {
                for member in 0..2 {
                    segment.with(host, |host, now| host.link(now, member, up));
                }
            }
        }
        Cut::Silent => segment.sides[0] = vec![true, a_link && b_link],
    }
    segment.hosts[0].heartbeat = a_beat;
    segment.hosts[1].heartbeat = b_beat;
}

/// The states that cables may lead to. Where only the heartbeat tells of the other host, the one that served goes on.
fn expected([a_link, a_beat, b_link, b_beat]: [bool; 4], cut: Cut) -> Vec<[Kind; 2]> {
    use Kind::{Backup, Fault, Master};
    let better = [Master, Backup];
    match (cut, a_link, b_link) {
        (_, true, true) => vec![better],
        (Cut::Carrier, true, false) => vec![[Master, Fault]],
        (Cut::Carrier, false, true) => vec![[Fault, Master]],
        (Cut::Carrier, false, false) => vec![[Fault, Fault]],
        (Cut::Silent, ..) if a_beat && b_beat => vec![better],
        (Cut::Silent, ..) => vec![[Master, Master]],
    }
}

#[test]
fn four_cables_lead_to_one_state_from_everywhere() {
    let cables = |bits: usize| [0, 1, 2, 3].map(|cable| bits >> cable & 1 == 1);
    for cut in [Cut::Carrier, Cut::Silent] {
        for priorities in [[150, 100], [100, 50]] {
            for (start, change) in (0..16).flat_map(|start| (0..4).map(move |change| (start, change))) {
                let what = format!("{cut:?} {:?}, then {change}", cables(start));
                let mut segment = pair(priorities);
                plug(&mut segment, cables(start), cut);
                segment.run(Duration::from_secs(30));
                check(&segment, &expected(cables(start), cut), &what);
                segment.history.clear();
                let end = cables(start ^ 1 << change);
                plug(&mut segment, end, cut);
                segment.run(Duration::from_secs(30));
                check(&segment, &expected(end, cut), &what);
                assert!(segment.history.len() <= 4, "{what}: {segment}");
                segment.history.clear();
                segment.run(Duration::from_secs(100));
                assert!(segment.history.is_empty(), "{what}: {segment}");
            }
        }
    }
}

fn check(segment: &Segment, expected: &[[Kind; 2]], what: &str) {
    let states = [0, 1].map(|host| segment.hosts[host].group.kind());
    assert!(expected.contains(&states), "{what}: {states:?} instead of {expected:?}: {segment}");
}

#[test]
fn hosts_of_one_priority_whose_addresses_differ_in_order_do_not_exchange_for_ever() {
    // The first one has the lower IPv4 address and the higher IPv6 address.
    let mut segment = pair([100, 100]);
    segment.sides[0] = vec![true, false];
    segment.beats = vec![true, false];
    segment.run(Duration::from_secs(30));
    assert_eq!(segment.masters(Lane::V4), [0, 1]);
    segment.beats.fill(true);
    segment.history.clear();
    segment.run(Duration::from_secs(30));
    assert_eq!(segment.masters(Lane::V4), [1], "{segment}");
    segment.sides[0].fill(true);
    segment.run(Duration::from_secs(30));
    assert_eq!(segment.masters(Lane::V6), [1], "{segment}");
    assert_eq!(segment.history.len(), 1, "{segment}");
}

/// A and B hear each other over the heartbeat, B and C on their link, A and C not at all: B would be deposed by A whenever
/// it has deposed C.
#[test]
fn three_hosts_that_do_not_all_hear_one_another_come_to_rest() {
    let plan = |host: u8, priority: u8| Plan {
        lanes: vec![Lane::V4],
        heartbeat: true,
        crowded: false,
        version: Version::V3,
        priority,
        centiseconds: 100,
        preempt: true,
        preempt_delay: Duration::ZERO,
        handover: Handover::default(),
        rank: [u16::from(host); 4],
    };
    let mut segment = Segment::new([plan(1, 200), plan(2, 150), plan(3, 50)], 0);
    segment.sides[0] = vec![true, false, false];
    segment.beats = vec![true, true, false];
    for host in 0..3 {
        segment.with(host, |host, now| host.start(now));
    }
    segment.run(Duration::from_secs(60));
    assert_eq!(segment.masters(Lane::V4), [0, 2], "{segment}");
    segment.history.clear();
    segment.run(Duration::from_secs(100));
    assert!(segment.history.is_empty(), "{segment}");
    segment.beats.fill(true);
    segment.run(Duration::from_secs(60));
    assert_eq!(segment.masters(Lane::V4), [0], "{segment}");
}

#[test]
fn a_host_that_loses_its_link_is_followed_within_fifty_milliseconds() {
    for backup in [1, 100, 149] {
        let mut segment = pair([150, backup]);
        segment.run(Duration::from_millis(30_300));
        let began = segment.now;
        segment.history.clear();
        segment.with(0, |host, now| host.link(now, 0, false));
        segment.run(Duration::from_secs(1));
        let taken = segment.history.iter().find(|change| change.host == 1 && change.kind == Kind::Master);
        let after = taken.map(|change| change.at - began);
        assert!(after.is_some_and(|after| after <= Duration::from_millis(50)), "{after:?}: {segment}");
    }
}

#[test]
fn a_master_that_dies_is_missed_no_later_than_without_heartbeats() {
    let mut segment = pair([150, 100]);
    segment.run(Duration::from_millis(30_300));
    let began: Instant = segment.now;
    segment.history.clear();
    segment.with(0, |host, _| host.crash());
    segment.run(Duration::from_secs(10));
    let taken = segment.history.iter().find(|change| change.host == 1 && change.kind == Kind::Master);
    let after = taken.map(|change| change.at - began);
    assert!(after.is_some_and(|after| after <= Duration::from_millis(3_610)), "{after:?}: {segment}");
}
