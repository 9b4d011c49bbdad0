//! Which members are used, and which one carries instances.

use std::time::Duration;

use vrrp::config::LinkName;
use vrrp::group::{Action, Event, GroupState, MemberState, Parameters, Role};

use super::story::check;
use super::world::{World, group_of};

#[test]
fn a_standby_member_is_used_while_an_active_one_cannot_be() {
    check(
        "1 members, 1 standby",
        "1.0 eth0 has no carrier
         2.0 eth0 up
         3.0 eth1 has no carrier
         4.0 end",
        "1.000 eth0 failed (eth0 has no carrier)
         1.000 eth1 ok (eth1 is up)
         1.000 group degraded (1 of its 2 members can be used: eth0 has no carrier)
         1.000 use eth1
         2.000 eth0 ok (eth0 is up)
         2.000 eth1 standby (eth1 waits until another member cannot be used)
         2.000 group ok (all of its 2 members can be used)
         2.000 use eth0
         3.000 eth1 failed (eth1 has no carrier)
         3.000 group degraded (1 of its 2 members can be used: eth1 has no carrier)",
    );
}

#[test]
fn without_failback_a_repaired_member_waits() {
    check(
        "2 members, 1 standby, failback off",
        "1.0 eth0 has no carrier
         2.0 eth0 up
         3.0 eth2 has no carrier
         4.0 eth2 up
         5.0 end",
        "1.000 eth0 failed (eth0 has no carrier)
         1.000 eth2 ok (eth2 is up)
         1.000 group degraded (2 of its 3 members can be used: eth0 has no carrier)
         1.000 use eth1
         2.000 eth0 standby (eth0 waits until another member cannot be used)
         2.000 group ok (all of its 3 members can be used)
         3.000 eth0 ok (eth0 is up)
         3.000 eth2 failed (eth2 has no carrier)
         3.000 group degraded (2 of its 3 members can be used: eth2 has no carrier)
         4.000 eth2 standby (eth2 waits until another member cannot be used)
         4.000 group ok (all of its 3 members can be used)",
    );
}

#[test]
fn without_failback_what_is_used_stays() {
    check(
        "2 members, failback off",
        "1.0 eth0 has no carrier
         2.0 eth0 up
         3.0 eth1 offline
         4.0 end",
        "1.000 eth0 failed (eth0 has no carrier)
         1.000 group degraded (1 of its 2 members can be used: eth0 has no carrier)
         1.000 use eth1
         2.000 eth0 ok (eth0 is up)
         2.000 group ok (all of its 2 members can be used)
         3.000 eth1 offline (an administrator took eth1 offline)
         3.000 group degraded (1 of its 2 members can be used: an administrator took eth1 offline)
         3.000 use eth0",
    );
}

#[test]
fn a_member_that_is_known_to_work_comes_before_one_that_is_not() {
    check(
        "3 members, probes",
        "0.0  eth1 mute
         0.0  eth1 targets
         20.0 eth0 has no carrier
         30.0 end",
        "0.000 eth1 unknown (eth1 is up, and no target is known)
         0.784 eth0 ok (eth0 is up and its targets answer)
         0.986 eth2 ok (eth2 is up and its targets answer)
         20.000 eth0 failed (eth0 has no carrier)
         20.000 group degraded (2 of its 3 members can be used: eth0 has no carrier)
         20.000 use eth2",
    );
}

#[test]
fn other_parameters_keep_what_is_known_of_a_link() {
    let mut world = World::new(group_of(2, 0), 1);
    let _ = world.happen(Event::Link(0, Err("has no carrier".to_owned())));
    let _ = world.happen(Event::Link(1, Ok(())));
    let _ = world.happen(Event::Offline(1));
    assert_eq!((world.group.state(), world.group.chosen()), (GroupState::Failed, None));
    let link = |name: &str| LinkName::new(name).unwrap();
    let members = vec![(link("eth2"), Role::Active), (link("eth1"), Role::Active), (link("eth0"), Role::Standby)];
    let parameters = Parameters { members, detection_time: Duration::from_secs(1), ..group_of(1, 0) };
    let now = world.now;
    let _ = world.group.reconfigure(now, parameters);
    let states: Vec<_> = (0..3).map(|member| world.group.member(member).unwrap().0).collect();
    assert_eq!(states, [MemberState::Unknown, MemberState::Offline, MemberState::Failed]);
    assert_eq!((world.group.state(), world.group.chosen()), (GroupState::Degraded, Some(0)));
    assert!(world.group.is_last_usable(0) && !world.group.is_last_usable(1) && !world.group.is_last_usable(9));
}

#[test]
fn what_carried_instances_before_does_so_until_another_one_is_known_to_work() {
    let mut world = World::new(Parameters { probes: true, ..group_of(1, 1) }, 1);
    let now = world.now;
    let told = world.group.inherit(now, "eth1");
    assert_eq!((told.last(), world.group.chosen()), (Some(&Action::Use(Some(1))), Some(1)));
    world.mute.insert(0);
    for member in [0, 1] {
        let _ = world.happen(Event::Link(member, Ok(())));
        let _ = world.happen(Event::Targets(member, vec!["192.0.2.1".parse().unwrap()]));
    }
    assert_eq!(world.group.chosen(), Some(1), "a carrier alone proves nothing where there are probes");
    let _ = world.run(now + Duration::from_secs(20));
    assert_eq!(world.group.chosen(), Some(1), "nor does silence");
    world.mute.clear();
    let _ = world.run(now + Duration::from_secs(60));
    assert_eq!(world.group.chosen(), Some(0), "one that has answered is used again");
}
