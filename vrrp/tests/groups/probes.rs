//! What probes tell.

use std::time::Duration;

use vrrp::group::{Action, Event};

use super::story::{TARGETS, check};
use super::world::{World, group_of};

#[test]
fn a_member_whose_probes_are_lost_fails_and_is_repaired_by_answers() {
    check(
        "2 members, probes",
        "20.0 eth0 mute
         40.0 eth0 heard
         60.0 end",
        "0.784 eth0 ok (eth0 is up and its targets answer)
         0.873 eth1 ok (eth1 is up and its targets answer)
         25.947 eth0 failed (eth0: 5 probes in a row were not answered, while eth1 gets answers)
         25.947 group degraded (1 of its 2 members can be used: eth0: 5 probes in a row were not answered, while eth1 gets answers)
         25.947 use eth1
         49.655 eth0 ok (eth0 is up and its targets answer)
         49.655 group ok (all of its 2 members can be used)
         49.655 use eth0",
    );
}

#[test]
fn a_dead_target_is_not_a_dead_member() {
    check(
        "2 members, probes",
        "20.0  192.0.2.1 dies
         120.0 192.0.2.1 lives
         200.0 end",
        "0.784 eth0 ok (eth0 is up and its targets answer)
         0.873 eth1 ok (eth1 is up and its targets answer)
         29.578 find targets of eth1 (192.0.2.1 no longer answers on eth1, and others do)
         29.804 find targets of eth0 (192.0.2.1 no longer answers on eth0, and others do)
         98.577 find targets of eth0 (192.0.2.1 no longer answers on eth0, and others do)
         98.991 find targets of eth1 (192.0.2.1 no longer answers on eth1, and others do)",
    );
}

#[test]
fn a_dead_switch_fails_the_group_in_one_turn() {
    check(
        "2 members, probes",
        "20.0 192.0.2.1 dies
         20.0 192.0.2.2 dies
         40.0 192.0.2.2 lives
         80.0 end",
        "0.784 eth0 ok (eth0 is up and its targets answer)
         0.873 eth1 ok (eth1 is up and its targets answer)
         25.956 find targets of eth0 (no member gets answers any more)
         25.956 find targets of eth1 (no member gets answers any more)
         25.956 eth0 failed (eth0: 5 probes in a row were not answered, nor on any other member: the switch or the targets have failed)
         25.956 eth1 failed (eth1: 5 probes in a row were not answered, nor on any other member: the switch or the targets have failed)
         25.956 group failed (none of its 2 members can be used: eth0: 5 probes in a row were not answered, nor on any other member: the switch or the targets have failed)
         25.956 use none
         51.794 find targets of eth0 (192.0.2.1 no longer answers on eth0, and others do)
         51.868 find targets of eth1 (192.0.2.1 no longer answers on eth1, and others do)
         60.847 eth0 ok (eth0 is up and its targets answer)
         60.847 group degraded (1 of its 2 members can be used: eth1: 5 probes in a row were not answered, nor on any other member: the switch or the targets have failed)
         60.847 use eth0
         61.739 eth1 ok (eth1 is up and its targets answer)
         61.739 group ok (all of its 2 members can be used)",
    );
}

/// The last losses of the first target are not those of the member: the other one has answered since.
#[test]
fn a_target_that_died_just_before_does_not_hide_that_the_switch_is_dead() {
    for (offset, seed) in (0..600).step_by(10).zip((1..=4).cycle()) {
        let parameters =
            vrrp::group::Parameters { probes: true, detection_time: Duration::from_secs(1), ..group_of(2, 0) };
        let mut world = World::new(parameters, seed);
        for member in [0, 1] {
            let _ = world.happen(Event::Link(member, Ok(())));
            let _ = world.happen(Event::Targets(member, TARGETS.map(|target| target.parse().unwrap()).to_vec()));
        }
        world.run(world.zero + Duration::from_secs(10));
        world.dead.insert(TARGETS[0].parse().unwrap());
        let mut resting = 0;
        while resting < 2 {
            let done = world.run(world.now + Duration::from_millis(10));
            resting += done.iter().filter(|(_, action)| matches!(action, Action::FindTargets { .. })).count();
        }
        world.run(world.now + Duration::from_millis(offset));
        world.dead.insert(TARGETS[1].parse().unwrap());
        let done = world.run(world.now + Duration::from_secs(3));
        let told: Vec<String> = done.iter().map(|(_, action)| format!("{action:?}")).collect();
        let blamed = told.iter().filter(|one| one.contains("nor on any other member")).count();
        assert!(blamed >= 2 && !told.iter().any(|one| one.contains("gets answers\"")), "{offset} ms: {told:#?}");
    }
}

#[test]
fn targets_that_never_answered_prove_nothing() {
    check(
        "2 members, probes",
        "0.0  192.0.2.1 dies
         0.0  192.0.2.2 dies
         60.0 192.0.2.1 lives
         63.0 192.0.2.1 dies
         63.0 eth0 has no carrier
         64.0 eth0 up
         80.0 192.0.2.1 lives
         90.0 end",
        "60.847 eth0 ok (eth0 is up and its targets answer)
         60.871 eth1 ok (eth1 is up and its targets answer)
         62.739 find targets of eth1 (192.0.2.2 no longer answers on eth1, and others do)
         62.985 find targets of eth0 (192.0.2.2 no longer answers on eth0, and others do)
         63.000 eth0 failed (eth0 has no carrier)
         63.000 group degraded (1 of its 2 members can be used: eth0 has no carrier)
         63.000 use eth1
         64.000 eth0 failed (eth0 is up again, and 10 probes in a row have to be answered)
         68.793 eth1 failed (eth1: 5 probes in a row were not answered)
         68.793 group failed (none of its 2 members can be used: eth0 is up again, and 10 probes in a row have to be answered)
         68.793 use none
         83.241 eth0 ok (eth0 is up and its targets answer)
         83.241 group degraded (1 of its 2 members can be used: eth1: 5 probes in a row were not answered)
         83.241 use eth0",
    );
}

#[test]
fn a_member_that_never_had_an_answer_fails_by_the_answers_of_another() {
    check(
        "2 members, probes",
        "0.0  eth1 mute
         20.0 end",
        "0.784 eth0 ok (eth0 is up and its targets answer)
         5.897 eth1 failed (eth1: 5 probes in a row were not answered, while eth0 gets answers)
         5.897 group degraded (1 of its 2 members can be used: eth1: 5 probes in a row were not answered, while eth0 gets answers)",
    );
}

#[test]
fn a_member_without_targets_is_taken_to_be_usable() {
    check(
        "2 members, probes",
        "20.0 eth0 mute
         30.0 eth0 targets
         40.0 eth0 targets 192.0.2.1
         50.0 end",
        "0.784 eth0 ok (eth0 is up and its targets answer)
         0.873 eth1 ok (eth1 is up and its targets answer)
         25.947 eth0 failed (eth0: 5 probes in a row were not answered, while eth1 gets answers)
         25.947 group degraded (1 of its 2 members can be used: eth0: 5 probes in a row were not answered, while eth1 gets answers)
         25.947 use eth1
         30.000 eth0 unknown (eth0 is up, and no target is known)
         30.000 group ok (all of its 2 members can be used)
         40.000 eth0 unknown (eth0 is up, and no target has answered yet)
         45.825 eth0 failed (eth0: 5 probes in a row were not answered, while eth1 gets answers)
         45.825 group degraded (1 of its 2 members can be used: eth0: 5 probes in a row were not answered, while eth1 gets answers)",
    );
}

#[test]
fn a_member_that_has_its_carrier_again_proves_itself_in_haste() {
    check(
        "2 members, probes",
        "20.0 eth0 has no carrier
         21.0 eth0 up
         40.0 end",
        "0.784 eth0 ok (eth0 is up and its targets answer)
         0.873 eth1 ok (eth1 is up and its targets answer)
         20.000 eth0 failed (eth0 has no carrier)
         20.000 group degraded (1 of its 2 members can be used: eth0 has no carrier)
         20.000 use eth1
         21.000 eth0 failed (eth0 is up again, and 10 probes in a row have to be answered)
         23.425 eth0 ok (eth0 is up and its targets answer)
         23.425 group ok (all of its 2 members can be used)
         23.425 use eth0",
    );
}

#[test]
fn a_port_that_does_not_forward_yet_is_not_used_yet() {
    check(
        "2 members, probes",
        "20.0 eth0 mute
         20.0 eth0 has no carrier
         21.0 eth0 up
         51.0 eth0 heard
         70.0 end",
        "0.784 eth0 ok (eth0 is up and its targets answer)
         0.873 eth1 ok (eth1 is up and its targets answer)
         20.000 eth0 failed (eth0 has no carrier)
         20.000 group degraded (1 of its 2 members can be used: eth0 has no carrier)
         20.000 use eth1
         21.000 eth0 failed (eth0 is up again, and 10 probes in a row have to be answered)
         54.426 eth0 ok (eth0 is up and its targets answer)
         54.426 group ok (all of its 2 members can be used)
         54.426 use eth0",
    );
}

#[test]
fn probes_prove_the_health_of_a_link_that_came_up_too_often() {
    check(
        "2 members, probes",
        "20.0 eth0 has no carrier
         21.0 eth0 up
         22.0 eth0 has no carrier
         23.0 eth0 up
         24.0 eth0 has no carrier
         25.0 eth0 up
         60.0 end",
        "0.784 eth0 ok (eth0 is up and its targets answer)
         0.873 eth1 ok (eth1 is up and its targets answer)
         20.000 eth0 failed (eth0 has no carrier)
         20.000 group degraded (1 of its 2 members can be used: eth0 has no carrier)
         20.000 use eth1
         21.000 eth0 failed (eth0 is up again, and 10 probes in a row have to be answered)
         22.000 eth0 failed (eth0 has no carrier)
         23.000 eth0 failed (eth0 is up again, and 10 probes in a row have to be answered)
         24.000 eth0 failed (eth0 has no carrier)
         25.000 eth0 failed (eth0 came up more than 2 times in a minute, and has to be steady for as long)
         35.578 eth0 ok (eth0 is up and its targets answer)
         35.578 group ok (all of its 2 members can be used)
         35.578 use eth0",
    );
}

#[test]
fn a_single_member_fails_by_its_own_losses() {
    check(
        "probes",
        "20.0 eth0 mute
         40.0 end",
        "0.784 eth0 ok (eth0 is up and its targets answer)
         25.643 eth0 failed (eth0: 5 probes in a row were not answered)
         25.643 group failed (eth0: 5 probes in a row were not answered)
         25.643 use none",
    );
}

#[test]
fn a_member_offline_is_not_probed() {
    check(
        "2 members, probes",
        "20.0 eth0 offline
         21.0 eth0 mute
         40.0 eth0 online
         50.0 end",
        "0.784 eth0 ok (eth0 is up and its targets answer)
         0.873 eth1 ok (eth1 is up and its targets answer)
         20.000 eth0 offline (an administrator took eth0 offline)
         20.000 group degraded (1 of its 2 members can be used: an administrator took eth0 offline)
         20.000 use eth1
         40.000 eth0 ok (eth0 is up and its targets answer)
         40.000 group ok (all of its 2 members can be used)
         40.000 use eth0
         45.560 eth0 failed (eth0: 5 probes in a row were not answered, while eth1 gets answers)
         45.560 group degraded (1 of its 2 members can be used: eth0: 5 probes in a row were not answered, while eth1 gets answers)
         45.560 use eth1",
    );
}

/// The world of the stories, for what no story tells.
fn world(detection_time: Duration) -> World {
    let parameters = vrrp::group::Parameters { probes: true, detection_time, ..group_of(1, 0) };
    let mut world = World::new(parameters, 7);
    let _ = world.happen(Event::Link(0, Ok(())));
    let _ = world.happen(Event::Targets(0, TARGETS.map(|target| target.parse().unwrap()).to_vec()));
    world
}

#[test]
fn a_probe_leaves_in_the_second_half_of_each_interval_to_one_target_after_the_other() {
    let mut world = world(Duration::from_secs(7));
    let until = world.zero + Duration::from_secs(100);
    world.run(until);
    assert_eq!(world.probes.len(), 100);
    for (interval, (at, _, target)) in (0..).zip(&world.probes) {
        let within = (*at - world.zero).as_secs_f64() - f64::from(interval);
        assert!((0.5..=1.0).contains(&within), "{interval}: {within}");
        assert_eq!(target.to_string(), TARGETS[usize::try_from(interval % 2).unwrap()]);
    }
    let spread = world.probes.windows(2).map(|pair| pair[1].0 - pair[0].0);
    assert!(spread.clone().max().unwrap() - spread.min().unwrap() > Duration::from_millis(500));
}

#[test]
fn an_answer_that_comes_late_still_counts() {
    let mut world = world(Duration::from_secs(7));
    world.round_trip = Duration::from_millis(2500);
    let until = world.zero + Duration::from_secs(100);
    let told: Vec<String> = world.run(until).iter().map(|(_, action)| format!("{action:?}")).collect();
    assert!(!told.iter().any(|one| one.contains("Failed")), "{told:#?}");
    let target = &world.group.targets(0)[0];
    assert!(target.lost > 40 && target.answered > 40, "{target:?}");
    assert_eq!(target.average, Some(Duration::from_millis(2500)));
}

#[test]
fn an_answer_that_nobody_asked_for_is_none() {
    let mut world = world(Duration::from_secs(7));
    let stranger = "198.51.100.1".parse().unwrap();
    let asked = "192.0.2.1".parse().unwrap();
    for (target, sequence) in [(stranger, None), (asked, None), (asked, Some(1))] {
        let event = Event::Answered { member: 0, target, sequence };
        assert_eq!(world.happen(event), []);
    }
    assert_eq!(world.happen(Event::Answered { member: 9, target: asked, sequence: None }), []);
}

#[test]
fn a_probe_that_could_not_be_sent_is_not_lost() {
    let mut world = world(Duration::from_secs(7));
    let until = world.zero + Duration::from_secs(10);
    world.run(until);
    world.mute.insert(0);
    for _ in 0..60 {
        world.now += Duration::from_millis(500);
        for action in world.group.handle(world.now, Event::Deadline) {
            let Action::Probe { member, sequence, .. } = action else { panic!("{action:?}") };
            assert_eq!(world.happen(Event::Refused { member, sequence }), []);
        }
    }
    assert_eq!((world.group.targets(0)[0].sent, world.group.targets(0)[0].lost), (5, 0));
}
