//! Whatever is sent to a router, it answers with little.

use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;

use vrrp::id::{Interval, Priority, Version};
use vrrp::machine::{Handover, Heard};
use vrrp::wire::Dialect;

use super::plan::{Lane, Plan};
use super::schedule::priority;
use super::segment::Segment;

/// A packet some time after the one before it: its source's last byte, its priority and interval.
type Packet = (u64, u16, Option<u8>, u16);

fn packets(priority: impl Strategy<Value = Option<u8>>) -> impl Strategy<Value = Vec<Packet>> {
    vec((0_u64..30_000, 1_u16..=20, priority, prop::sample::select(vec![1_u16, 10, 100])), 0..400)
}

/// Plays the packets to a router that has become Master, and gives how many it has sent since, and for how long.
fn flood(plan: &Plan, packets: &[Packet]) -> (usize, Duration) {
    let mut segment = Segment::new([plan.clone()], 0);
    segment.with(0, |host, now| host.start(now));
    segment.run(4 * plan.interval().duration());
    let began = segment.now;
    let before = segment.hosts[0].sent.len();
    for &(micros, source, priority, centiseconds) in packets {
        segment.run(Duration::from_micros(micros));
        let source = Plan { rank: [source; 4], ..plan.clone() }.address(Lane::V4);
        let interval = Interval::from_centiseconds(centiseconds).unwrap();
        let priority = priority.and_then(Priority::new);
        let dialect = Dialect::PseudoHeader;
        segment.forge(Lane::V4, Heard { source, version: plan.version, priority, interval, dialect });
    }
    segment.run(Duration::from_millis(2));
    (segment.hosts[0].sent.len() - before, segment.now - began)
}

fn ticks(plan: &Plan, duration: Duration) -> usize {
    usize::try_from(duration.as_micros() / plan.interval().duration().as_micros()).unwrap() + 1
}

prop_compose! {
    fn router()(priority in priority(), centiseconds in prop::sample::select(vec![1_u16, 10, 100])) -> Plan {
        Plan {
            lanes: vec![Lane::V4],
            heartbeat: false,
            crowded: false,
            version: Version::V3,
            priority,
            centiseconds,
            preempt: true,
            preempt_delay: Duration::ZERO,
            handover: Handover::default(),
            rank: [10; 4],
        }
    }
}

proptest! {
    #[test]
    fn a_master_that_stays_sends_at_most_twice_an_interval(
        plan in router(),
        packets in packets(prop::option::of(Just(1_u8))),
    ) {
        let plan = Plan { priority: plan.priority.max(2), ..plan };
        let (sent, duration) = flood(&plan, &packets);
        let most = 2 * ticks(&plan, duration);
        prop_assert!(sent <= most, "{sent} packets in {duration:?}, not {most}");
    }

    #[test]
    fn a_router_never_sends_more_than_it_receives_beyond_its_ticks(
        plan in router(),
        packets in packets(prop::option::of(priority())),
    ) {
        let (sent, duration) = flood(&plan, &packets);
        let most = packets.len() + ticks(&plan, duration);
        prop_assert!(sent <= most, "{sent} packets in {duration:?} upon {}, not {most}", packets.len());
    }
}
