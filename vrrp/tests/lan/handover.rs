//! A Master leaves, or is deposed, on a calm segment: whoever sends to the addresses all the while is answered.

use std::time::Duration;

use proptest::prelude::*;

use vrrp::id::Version;
use vrrp::machine::{Event, Handover, Kind};

use super::host::{Effect, Host};
use super::plan::{Lane, Plan};
use super::schedule::{Lanes, Schedule, schedules};
use super::segment::{KERNEL, LATENCY, Segment};

/// How a Master leaves.
#[derive(Clone, Copy, Debug)]
enum Way {
    Bar,
    Shutdown,
    Deposed,
}

/// Takes the Master of the first lane away, if another host can take its place.
fn hand_over(segment: &mut Segment, way: Way) -> Option<usize> {
    let lane = segment.hosts[0].plan.lanes[0];
    let &[master] = segment.masters(lane).as_slice() else { return None };
    let others: Vec<usize> = (0..segment.hosts.len()).filter(|&host| host != master).collect();
    match way {
        Way::Bar => segment.with(master, |host, now| host.bar(now, true)),
        Way::Shutdown => segment.with(master, |host, now| host.tell(now, &Event::Shutdown)),
        Way::Deposed => {
            let raise = |host: &mut Host, now| -> Vec<Effect> {
                let plan = Plan { priority: 254, preempt: true, preempt_delay: Duration::ZERO, ..host.plan.clone() };
                host.reconfigure(now, plan)
            };
            if segment.hosts[master].plan.priority == 255 {
                return None;
            }
            segment.with(master, |host, now| host.reconfigure(now, Plan { priority: 1, ..host.plan.clone() }));
            segment.with(others[0], raise);
        }
    }
    Some(master)
}

/// Lets time pass until another host has taken over for good; at every moment every lane is served.
fn is_served_throughout(schedule: &Schedule, segment: &mut Segment, master: usize) -> Result<Duration, TestCaseError> {
    let lanes = segment.hosts[master].plan.lanes.clone();
    let begin = segment.now;
    let mut taken = None;
    while taken.is_none_or(|taken| segment.now < taken + Duration::from_millis(200)) {
        for &lane in &lanes {
            let served = segment.hosts.iter().any(|host| host.running && host.serves(lane));
            prop_assert!(served, "{lane:?} is not served after {:?}: {segment}", segment.now - begin);
        }
        segment.run(LATENCY);
        let others = lanes.iter().all(|&lane| segment.masters(lane).first().is_some_and(|&host| host != master));
        taken = taken.or(others.then_some(segment.now));
        prop_assert!(segment.now - begin < schedule.time_to_decide(), "nobody takes over: {segment}");
    }
    Ok(taken.unwrap_or(begin) - begin)
}

fn way() -> impl Strategy<Value = Way> {
    prop::sample::select(vec![Way::Bar, Way::Shutdown, Way::Deposed])
}

fn draining(schedule: &Schedule, most: usize, fast: Option<bool>) -> Segment {
    let mut plans = schedule.plans.clone();
    plans.truncate(most);
    for plan in &mut plans {
        let fast = fast.unwrap_or(plan.handover.fast);
        plan.handover = Handover { fast, drain: Duration::from_secs(5), linger: Duration::from_millis(50) };
        // The longest that any of them may learn is the former Master's own.
        plan.preempt_delay = Duration::ZERO;
    }
    let mut segment = Schedule { plans, ..schedule.clone() }.play();
    segment.run(schedule.time_to_decide());
    segment
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.div_ceil(4)))]

    #[test]
    fn whoever_takes_over_no_client_is_left_alone(schedule in schedules(Lanes::OneLink, 4, 0), way in way()) {
        let mut segment = draining(&schedule, 4, Some(false));
        if let Some(master) = hand_over(&mut segment, way) {
            is_served_throughout(&schedule, &mut segment, master)?;
        }
    }

    #[test]
    fn one_backup_that_is_hastened_takes_over_within_milliseconds(schedule in schedules(Lanes::OneLink, 4, 0)) {
        let mut segment = draining(&schedule, 2, Some(true));
        if let Some(master) = hand_over(&mut segment, Way::Bar) {
            let silence = is_served_throughout(&schedule, &mut segment, master)?;
            let version = segment.hosts[master].plan.version;
            // Skew_Time of the shortest interval, and the way there; in steps of a latency.
            prop_assert!(version == Version::V2 || silence <= Duration::from_millis(10) + 3 * LATENCY, "{silence:?}: {segment}");
        }
    }

    #[test]
    fn several_backups_that_are_hastened_leave_one_master(schedule in schedules(Lanes::OneLink, 5, 0)) {
        let mut segment = draining(&schedule, 5, Some(true));
        if let Some(master) = hand_over(&mut segment, Way::Shutdown) {
            is_served_throughout(&schedule, &mut segment, master)?;
            segment.run(schedule.longest_rivalry());
            let lane = segment.hosts[master].plan.lanes[0];
            prop_assert_eq!(segment.masters(lane).len(), 1, "{}", segment);
        }
    }
}

#[test]
fn where_nobody_takes_over_the_drain_ends() {
    let plan = Plan { handover: Handover { drain: Duration::from_secs(5), ..Handover::default() }, ..alone() };
    let lane = plan.lanes[0];
    let mut segment = Segment::new([plan], 0);
    segment.with(0, |host, now| host.start(now));
    segment.run(Duration::from_secs(5) + KERNEL);
    assert_eq!(segment.hosts[0].group.kind(), Kind::Master, "{segment}");
    segment.with(0, |host, now| host.bar(now, true));
    segment.run(Duration::from_millis(1_049));
    assert!(segment.hosts[0].serves(lane), "{segment}");
    segment.run(Duration::from_millis(1));
    assert!(!segment.hosts[0].serves(lane), "{segment}");
}

fn alone() -> Plan {
    Plan {
        lanes: vec![Lane::V4],
        heartbeat: false,
        crowded: false,
        version: Version::V3,
        priority: 100,
        centiseconds: 100,
        preempt: true,
        preempt_delay: Duration::ZERO,
        handover: Handover::default(),
        rank: [1; 4],
    }
}
