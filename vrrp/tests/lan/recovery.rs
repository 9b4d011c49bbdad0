//! After any disturbance, a segment that becomes calm has one Master in time, and keeps it.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use vrrp::machine::Kind;

use super::plan::Lane;
use super::schedule::{Lanes, SETTLED, Schedule, schedules};
use super::search::search;
use super::segment::{LATENCY, Segment};

#[test]
fn a_calm_segment_has_one_master_in_time_and_keeps_it() {
    search("one link that becomes calm", schedules(Lanes::OneLink, 5, 30), recovers);
}

#[test]
fn two_calm_links_have_one_master_in_time_and_keep_it() {
    search("two links that become calm", schedules(Lanes::TwoLinks, 4, 30), recovers);
}

#[test]
fn with_heartbeats_too() {
    search("links and a heartbeat that become calm", schedules(Lanes::Heartbeat, 4, 30), recovers);
}

fn recovers(schedule: &Schedule) -> Result<(), TestCaseError> {
    let mut segment = schedule.play();
    segment.calm();
    let calm_since = segment.now;
    let eligible = eligible(&segment);

    segment.run(SETTLED + schedule.longest_silence() + 2 * LATENCY);
    let candidates = still(&segment, &eligible, calm_since);
    let served_since = segment.now;
    for lane in schedule.plans[0].lanes.clone() {
        prop_assert!(candidates == 0 || !segment.masters(lane).is_empty(), "nobody serves: {segment}");
    }

    segment.run(schedule.time_to_decide());
    prop_assert!(candidates == 0 || !interrupted(&segment, served_since), "the service is interrupted: {segment}");
    let rivalry = rivalry(&segment, calm_since);
    prop_assert!(rivalry <= schedule.longest_rivalry(), "two Masters for {rivalry:?}: {segment}");

    segment.history.clear();
    segment.run(20 * schedule.longest_interval());
    prop_assert!(segment.history.is_empty(), "it goes on: {segment}");
    check_best(&segment);
    Ok(())
}

fn eligible(segment: &Segment) -> Vec<usize> {
    (0..segment.hosts.len()).filter(|&host| segment.hosts[host].is_eligible()).collect()
}

/// How many of the hosts have been eligible since a time.
fn still(segment: &Segment, hosts: &[usize], since: Instant) -> usize {
    let lost = |host: usize| {
        let mut changes = segment.history.iter().filter(|change| change.host == host && change.at >= since);
        changes.any(|change| matches!(change.kind, Kind::Fault | Kind::Init))
    };
    hosts.iter().filter(|&&host| !lost(host)).count()
}

/// How many Masters there are after each change.
fn counts(segment: &Segment) -> impl Iterator<Item = (Instant, usize)> {
    let mut masters = vec![false; segment.hosts.len()];
    segment.history.iter().map(move |change| {
        masters[change.host] = change.kind == Kind::Master;
        (change.at, masters.iter().filter(|&&master| master).count())
    })
}

/// Tells whether there was a moment without a Master since a time.
fn interrupted(segment: &Segment, since: Instant) -> bool {
    counts(segment).any(|(at, count)| at > since && count == 0)
}

/// How long there was more than one Master at most, since a time.
fn rivalry(segment: &Segment, since: Instant) -> Duration {
    let mut began = None;
    let mut longest = Duration::ZERO;
    for (at, count) in counts(segment).chain([(segment.now, 0)]) {
        match (began, count > 1) {
            (None, true) => began = Some(at.max(since)),
            (Some(start), false) => {
                longest = longest.max(at.saturating_duration_since(start));
                began = None;
            }
            (None, false) | (Some(_), true) => {}
        }
    }
    longest
}

/// Exactly one eligible host is Master, and none that preempts has a higher priority.
fn check_best(segment: &Segment) {
    let eligible = eligible(segment);
    for lane in Lane::ALL {
        let masters = segment.masters(lane);
        let served = segment.hosts[0].plan.lanes.contains(&lane) && !eligible.is_empty();
        assert_eq!(masters.len(), usize::from(served), "Masters of {lane:?}: {masters:?} of {eligible:?}: {segment}");
        for &master in &masters {
            let master = segment.hosts[master].plan.priority;
            let deposes = |&&host: &&usize| {
                let plan = &segment.hosts[host].plan;
                plan.priority > master && (plan.preempt || plan.priority == 255)
            };
            let better: Vec<_> = eligible.iter().filter(deposes).collect();
            assert!(better.is_empty(), "{better:?} do not depose {master}: {segment}");
        }
    }
}
