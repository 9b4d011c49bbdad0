//! Daemons that are killed and come back.

use std::time::Duration;

use proptest::prelude::*;

use vrrp::machine::Kind;

use super::schedule::{Lanes, Schedule, schedules};
use super::search::search;

/// Who is killed, how long after everybody rests, and for how many thousandths of the time in which it may go on.
type Killing = (usize, Duration, u32);

fn killings(lanes: Lanes) -> impl Strategy<Value = (Schedule, Killing)> {
    let phase = (0_u64..4_000).prop_map(Duration::from_millis);
    (schedules(lanes, 5, 0), (0_usize..8, phase, 0_u32..1_000))
}

/// Kills the daemon of a Master and lets it come back before anybody else may have given it up.
fn nobody_notices((schedule, (which, phase, share)): &(Schedule, Killing)) -> Result<(), TestCaseError> {
    let mut segment = schedule.play();
    segment.run(schedule.time_to_decide() + *phase);
    let masters: Vec<usize> = (0..segment.hosts.len()).filter(|&host| segment.hosts[host].is_master()).collect();
    prop_assert!(!masters.is_empty(), "{}", segment);
    let killed = masters[which % masters.len()];
    // Its last advertisements are up to an interval ago, and it may go on for two intervals after them.
    let interval = segment.hosts[killed].plan.interval().duration();
    segment.history.clear();
    segment.with(killed, |host, now| host.kill(now + interval * *share / 1_000));
    segment.run(schedule.time_to_decide());
    let kinds: Vec<(usize, Kind)> = segment.history.iter().map(|change| (change.host, change.kind)).collect();
    prop_assert_eq!(kinds, [(killed, Kind::Init), (killed, Kind::Master)], "{}", segment);
    Ok(())
}

#[test]
fn a_master_that_comes_back_in_time_goes_on_and_nobody_else_notices() {
    for lanes in [Lanes::OneLink, Lanes::TwoLinks, Lanes::Heartbeat] {
        let killings = killings(lanes);
        search(&format!("daemons that come back in time, {lanes:?}"), killings, nobody_notices);
    }
}

/// Kills the daemon of a Master for longer than that: whoever is Master then, there is soon one alone.
#[test]
fn a_master_that_comes_back_too_late_finds_another_one() {
    search("daemons that come back late", schedules(Lanes::OneLink, 5, 0), |schedule| {
        let mut segment = schedule.play();
        segment.run(schedule.time_to_decide());
        let killed = (0..segment.hosts.len()).find(|&host| segment.hosts[host].is_master());
        let killed = killed.ok_or_else(|| TestCaseError::fail("there is no Master"))?;
        let late = 2 * segment.hosts[killed].plan.interval().duration();
        segment.history.clear();
        segment.with(killed, |host, now| host.kill(now + late));
        segment.run(late);
        prop_assert!(!segment.hosts[killed].is_master() || segment.hosts[killed].plan.priority == 255, "{}", segment);
        segment.run(schedule.time_to_decide());
        let masters = (0..segment.hosts.len()).filter(|&host| segment.hosts[host].is_master()).count();
        prop_assert_eq!(masters, 1, "{}", segment);
        Ok(())
    });
}
