//! Groups of both families among routers of one family: nobody is asked to serve, but nobody may go on for ever.

use proptest::prelude::*;

use super::plan::Lane;

use super::schedule::{Lanes, schedules};

proptest! {
    // Coming to rest takes long.
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.div_ceil(4)))]

    #[test]
    fn groups_and_single_routers_come_to_rest(schedule in schedules(Lanes::Mixed, 6, 20)) {
        let mut segment = schedule.play();
        segment.calm();
        // Each change of a single router can be followed by one of every group.
        segment.run(u32::try_from(segment.hosts.len()).unwrap() * schedule.time_to_decide());
        segment.history.clear();
        segment.run(20 * schedule.longest_interval());
        prop_assert!(segment.history.is_empty(), "it goes on: {segment}");
        for lane in Lane::ALL {
            prop_assert!(segment.masters(lane).len() <= 1, "several Masters: {segment}");
        }
    }
}
