//! A segment on which nothing is lost and nobody fails.

use std::time::Duration;

use proptest::prelude::*;

use vrrp::id::Version;
use vrrp::machine::{Handover, Kind};

use super::plan::{Lane, Plan};
use super::schedule::{Lanes, schedules};
use super::segment::{LATENCY, Segment};

proptest! {
    // A thousand intervals of every case take their time.
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.div_ceil(8)))]

    #[test]
    fn a_thousand_quiet_intervals_change_nothing(schedule in schedules(Lanes::OneLink, 5, 0)) {
        let mut segment = schedule.play();
        segment.run(schedule.time_to_decide());
        segment.history.clear();
        segment.run(1_000 * schedule.longest_interval());
        prop_assert!(segment.history.is_empty(), "it does not rest: {segment}");
    }

    #[test]
    fn without_preempt_the_first_master_stays(schedule in schedules(Lanes::OneLink, 6, 0), gap in 0_u64..3_000) {
        let interval = schedule.plans[0].centiseconds;
        let plan = |plan: &Plan| Plan { preempt: false, priority: plan.priority.min(254), centiseconds: interval, ..plan.clone() };
        let mut segment = Segment::new(schedule.plans.iter().map(plan), schedule.seed);
        segment.with(0, |host, now| host.start(now));
        segment.run(schedule.longest_silence());
        for host in 1..segment.hosts.len() {
            segment.run(Duration::from_millis(gap));
            segment.with(host, |host, now| host.start(now));
        }
        segment.run(schedule.time_to_decide());
        let masters = segment.history.iter().filter(|change| change.kind == Kind::Master).map(|change| change.host);
        prop_assert_eq!(masters.collect::<Vec<_>>(), [0], "{}", segment);
    }
}

#[test]
fn groups_of_one_priority_settle_whatever_their_addresses() {
    for ranks in [[1, 2, 3], [1, 3, 2], [2, 1, 3], [2, 3, 1], [3, 1, 2], [3, 2, 1]] {
        let plan = |(rank, other): (u16, u16)| Plan {
            lanes: vec![Lane::V4, Lane::V6],
            heartbeat: false,
            crowded: false,
            version: Version::V3,
            priority: 100,
            centiseconds: 100,
            preempt: true,
            preempt_delay: Duration::ZERO,
            handover: Handover::default(),
            rank: [rank, other, 0, 0],
        };
        let mut segment = Segment::new((1..).zip(ranks).map(plan), 0);
        for host in 0..3 {
            segment.with(host, |host, now| host.start(now));
        }
        // All lead in one moment, after 3.609 s; the others have given way when they have heard the best.
        segment.run(Duration::from_millis(3_609) + 2 * LATENCY);
        segment.history.clear();
        segment.run(Duration::from_secs(100));
        assert!(segment.history.is_empty(), "{ranks:?}: {segment}");
        assert_eq!([segment.masters(Lane::V4), segment.masters(Lane::V6)], [[2], [2]], "{ranks:?}: {segment}");
    }
}

#[test]
fn two_hundred_routers_replace_each_master_that_dies() {
    let plan = |index: u16| Plan {
        lanes: vec![Lane::V4, Lane::V6],
        heartbeat: false,
        crowded: false,
        version: Version::V3,
        priority: 100 + u8::try_from(index % 3).unwrap(),
        centiseconds: 100,
        preempt: true,
        preempt_delay: Duration::ZERO,
        handover: Handover::default(),
        rank: [index, (index * 7) % 200, 0, 0],
    };
    let mut segment = Segment::new((0..200).map(plan), 0);
    for host in 0..200 {
        segment.with(host, |host, now| host.start(now));
    }
    for round in 0..4 {
        segment.run(Duration::from_secs(8));
        let masters = segment.masters(Lane::V4);
        assert_eq!(masters, segment.masters(Lane::V6), "round {round}: {segment}");
        assert_eq!(masters.len(), 1, "round {round}: {segment}");
        let master = masters[0];
        assert_eq!(segment.hosts[master].plan.priority, 102, "round {round}: {segment}");
        segment.with(master, |host, _| host.crash());
    }
}
