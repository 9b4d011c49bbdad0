//! Hosts on two links, either of which may stay cut without anybody's carrier telling: what moves together comes to rest.
//!
//! These are the loops of sync groups: a host that is better on one link and deaf on the other must not exchange states
//! with another one for ever.

use std::time::Duration;

use proptest::prelude::*;

use vrrp::id::Version;
use vrrp::machine::{Handover, Kind};

use super::plan::{LINKS, Lane, Plan};
use super::schedule::{Lanes, Schedule, schedules};
use super::search::search;
use super::segment::Segment;

/// How often a host changes its state at most after the last disturbance. It may come back from a Fault, lead, be
/// deposed on one link, yield on the other one, and lead again where nobody else does.
const CHANGES: usize = 8;

#[test]
fn hosts_on_links_that_stay_cut_come_to_rest() {
    search("links that stay cut", schedules(Lanes::TwoLinks, 4, 30), |schedule| {
        let mut segment = schedule.play();
        segment.settle();
        comes_to_rest(schedule, &mut segment)
    });
}

/// After the last disturbance, nobody changes its state often, and in the end nobody does.
pub(super) fn comes_to_rest(schedule: &Schedule, segment: &mut Segment) -> Result<(), TestCaseError> {
    segment.history.clear();
    let count = u32::try_from(segment.hosts.len()).unwrap();
    segment.run((count + 1) * schedule.time_to_decide());
    for host in 0..segment.hosts.len() {
        let changes = segment.history.iter().filter(|change| change.host == host).count();
        prop_assert!(changes <= CHANGES, "host {host} changes {changes} times: {segment}");
    }
    segment.history.clear();
    segment.run(20 * schedule.longest_interval());
    prop_assert!(segment.history.is_empty(), "it goes on: {segment}");
    Ok(())
}

/// Two hosts of one priority meet on the second link alone, whose families order them differently; a third one is in
/// between, and comes back whenever both give way.
#[test]
fn of_members_that_are_tied_the_first_ones_decide_that_hear_each_other() {
    let plan = |host: usize, priority: u8| Plan {
        lanes: Lane::ALL.to_vec(),
        heartbeat: false,
        crowded: false,
        version: Version::V3,
        priority,
        centiseconds: 100,
        preempt: priority == 100,
        preempt_delay: Duration::ZERO,
        handover: Handover::default(),
        rank: [[1, 1, 1, 3], [2, 2, 2, 2], [3, 3, 3, 1]][host],
    };
    let mut segment = Segment::new([plan(0, 100), plan(1, 50), plan(2, 100)], 0);
    segment.sides[0] = vec![false, false, true];
    for host in 0..3 {
        segment.with(host, |host, now| host.start(now));
    }
    segment.run(Duration::from_secs(60));
    segment.history.clear();
    segment.run(Duration::from_secs(100));
    assert!(segment.history.is_empty(), "{segment}");
    assert_eq!(segment.masters(Lane(2)).len(), 1, "{segment}");
}

/// Two hosts with two links each, of which the first is the better one.
fn pair(priorities: [u8; 2], ranks: [[u16; 4]; 2]) -> Segment {
    let plan = |host: usize| Plan {
        lanes: vec![Lane::V4, Lane(2)],
        heartbeat: false,
        crowded: false,
        version: Version::V3,
        priority: priorities[host],
        centiseconds: 100,
        preempt: true,
        preempt_delay: Duration::ZERO,
        handover: Handover::default(),
        rank: ranks[host],
    };
    let mut segment = Segment::new([plan(0), plan(1)], 0);
    for host in 0..2 {
        segment.with(host, |host, now| host.start(now));
    }
    segment
}

const APART: [[u16; 4]; 2] = [[1, 0, 2, 0], [2, 0, 1, 0]];

fn states(segment: &Segment) -> [Kind; 2] {
    [0, 1].map(|host| segment.hosts[host].group.kind())
}

#[test]
fn the_noisy_loop_of_2002_is_silent() {
    for priorities in [[150, 100], [100, 100], [100, 150]] {
        let mut segment = pair(priorities, APART);
        segment.run(Duration::from_secs(30));
        let master = segment.masters(Lane::V4)[0];
        let backup = 1 - master;
        segment.history.clear();
        segment.with(backup, |host, now| host.link(now, 1, false));
        segment.run(Duration::from_secs(100));
        assert_eq!(segment.history.len(), 1, "{segment}");
        assert_eq!(segment.hosts[backup].group.kind(), Kind::Fault);
        assert_eq!(segment.hosts[master].group.kind(), Kind::Master);
        segment.with(backup, |host, now| host.link(now, 1, true));
        segment.run(Duration::from_secs(100));
        assert_eq!(segment.history.len(), 2, "{segment}");
        assert_eq!(segment.hosts[backup].group.kind(), Kind::Backup);
    }
}

/// What four cables, A's first and second link and B's, must lead to when each that is down takes its carrier with it.
fn expected([a0, a1, b0, b1]: [bool; 4]) -> [Kind; 2] {
    match (a0 && a1, b0 && b1) {
        (true, true) => [Kind::Master, Kind::Backup],
        (true, false) => [Kind::Master, Kind::Fault],
        (false, true) => [Kind::Fault, Kind::Master],
        (false, false) => [Kind::Fault, Kind::Fault],
    }
}

#[test]
fn four_cables_lead_to_one_state_from_everywhere() {
    let cables = |bits: usize| [0, 1, 2, 3].map(|cable| bits >> cable & 1 == 1);
    for start in 0..16 {
        for change in 0..4 {
            let mut segment = pair([150, 100], APART);
            for (cable, up) in cables(start).into_iter().enumerate() {
                segment.with(cable / 2, |host, now| host.link(now, cable % 2, up));
            }
            segment.run(Duration::from_secs(30));
            assert_eq!(states(&segment), expected(cables(start)), "{:?}: {segment}", cables(start));
            segment.history.clear();
            let end = cables(start ^ 1 << change);
            segment.with(change / 2, |host, now| host.link(now, change % 2, end[change]));
            segment.run(Duration::from_secs(30));
            assert_eq!(states(&segment), expected(end), "{:?} to {end:?}: {segment}", cables(start));
            assert!(segment.history.len() <= 4, "{:?} to {end:?}: {segment}", cables(start));
            segment.history.clear();
            segment.run(Duration::from_secs(100));
            assert!(segment.history.is_empty(), "{:?} to {end:?}: {segment}", cables(start));
        }
    }
}

#[test]
fn two_links_that_are_cut_and_heal_one_after_the_other_end_with_the_better_host() {
    for first in 0..LINKS {
        for gap in [0, 1, 500, 3_000, 10_000] {
            for priorities in [[150, 100], [100, 100]] {
                let mut segment = pair(priorities, APART);
                segment.run(Duration::from_secs(30));
                segment.sides = [vec![true, false], vec![true, false]];
                segment.run(Duration::from_secs(30));
                assert_eq!(states(&segment), [Kind::Master, Kind::Master], "{segment}");
                segment.history.clear();
                segment.sides[first].fill(true);
                segment.run(Duration::from_millis(gap));
                segment.sides[1 - first].fill(true);
                segment.run(Duration::from_secs(30));
                let masters = states(&segment).into_iter().filter(|kind| *kind == Kind::Master).count();
                assert_eq!(masters, 1, "link {first} first, {gap} ms: {segment}");
                assert!(segment.history.len() <= 6, "link {first} first, {gap} ms: {segment}");
                segment.history.clear();
                segment.run(Duration::from_secs(100));
                assert!(segment.history.is_empty(), "link {first} first, {gap} ms: {segment}");
            }
        }
    }
}
