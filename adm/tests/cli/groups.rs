//! `group`: what is told of interface groups, and what is asked for.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use insta::assert_snapshot;
use vrrp::status::{Group, GroupMember, GroupTarget};
use zbus::Connection;

use crate::mock::{Bus, Calls};
use crate::run::Host;
use crate::vrrpd::Vrrpd;

/// Three hours ago, and some: no run of the test comes to another minute.
fn since() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u64::try_from((now - Duration::from_secs(3 * 3600 + 150)).as_micros()).unwrap()
}

fn member(interface: &str, state: &str, reason: &str) -> GroupMember {
    GroupMember {
        interface: interface.to_owned(),
        state: state.to_owned(),
        reason: reason.to_owned(),
        since: since(),
        active: state == "ok",
        standby: state == "standby",
        link: if state == "failed" { "down" } else { "up" }.to_owned(),
        probe: if state == "failed" { "failed" } else { "ok" }.to_owned(),
        trouble: None,
        mode: "configured".to_owned(),
        test_address: Some("192.0.2.7".to_owned()),
        targets: vec![
            GroupTarget {
                address: "192.0.2.254".to_owned(),
                sent: 120,
                answered: 118,
                lost: 2,
                round_trip: Some(412),
                average: Some(1_390),
                deviation: Some(95),
                ..GroupTarget::default()
            },
            GroupTarget { address: "fe80::254".to_owned(), rests: true, sent: 9, lost: 9, ..GroupTarget::default() },
        ],
    }
}

fn groups() -> Vec<Group> {
    let members = vec![
        member("eth0", "ok", "eth0 is up and its targets answer"),
        member("eth1", "failed", "eth1 has no carrier"),
        member("eth2", "standby", "eth2 waits until another member cannot be used"),
    ];
    let degraded = Group {
        name: "net0".to_owned(),
        state: "degraded".to_owned(),
        reason: "2 of its 3 members can be used: eth1 has no carrier".to_owned(),
        since: since(),
        probe: "arp".to_owned(),
        failure_detection_time: Some(10_000),
        failback: true,
        preferred: Some("eth0".to_owned()),
        members,
    };
    let alone = GroupMember { targets: Vec::new(), ..member("eth9", "ok", "eth9 is up") };
    let first = degraded.clone();
    let ok = Group {
        name: "uplink".to_owned(),
        state: "ok".to_owned(),
        reason: "its member can be used".to_owned(),
        probe: "none".to_owned(),
        failure_detection_time: None,
        failback: false,
        preferred: Some("eth9".to_owned()),
        members: vec![GroupMember { probe: "disabled".to_owned(), mode: "disabled".to_owned(), ..alone }],
        ..degraded
    };
    vec![first, ok]
}

struct Lab {
    host: Host,
    calls: Calls,
    _bus: Bus,
    _vrrpd: Connection,
}

impl Lab {
    async fn with(groups: Vec<Group>) -> Self {
        let bus = Bus::start();
        let calls = Calls::default();
        let mut vrrpd = Vrrpd::of(Vec::new());
        vrrpd.status.groups = groups;
        let mut host = Host::new();
        host.bus = Some(bus.address.clone());
        let vrrpd = vrrpd.serve(bus.connect(), &calls).await;
        Self { host, calls, _bus: bus, _vrrpd: vrrpd }
    }

    async fn run(&self, line: &'static str) -> String {
        let host = self.host.clone();
        tokio::task::spawn_blocking(move || host.run(line)).await.unwrap().to_string()
    }
}

#[tokio::test]
async fn a_list_has_a_line_for_each_group() {
    let lab = Lab::with(groups()).await;
    assert_snapshot!(lab.run("group list").await, @"
    GROUP   STATE     DETECTION  INTERFACES
    net0    degraded  10s        eth0 [eth1] (eth2)
    uplink  ok        -          eth9
    [1]
    ");
    assert_snapshot!(lab.run("group list --no-legend").await, @"
    net0    degraded  10s  eth0 [eth1] (eth2)
    uplink  ok        -    eth9
    [1]
    ");
    let none = Lab::with(Vec::new()).await;
    assert_snapshot!(none.run("group list").await, @"
    No interface group is configured: see vrrp.toml(5) for [group.NAME].
    [0]
    ");
    assert_snapshot!(none.run("group show").await, @"
    No interface group is configured: see vrrp.toml(5) for [group.NAME].
    [0]
    ");
}

#[tokio::test]
async fn what_is_shown_are_members_and_targets() {
    let lab = Lab::with(groups()).await;
    assert_snapshot!(lab.run("group show net0").await, @"
    Group net0 is degraded: 2 of its 3 members can be used: eth1 has no carrier.
    Since 3h 2m.
    Its members are judged by their links and by ARP and neighbour solicitations,
    within 10s.

    INTERFACE  ACTIVE  LINK  PROBE   STATE    SINCE
    eth0       yes     up    ok      ok       3h 2m
        why: eth0 is up and its targets answer
    eth1       no      down  failed  failed   3h 2m
        why: eth1 has no carrier
    eth2       no      up    ok      standby  3h 2m
        why: eth2 waits until another member cannot be used

    INTERFACE  TARGET       ANSWERED  LOST  RTT     AVERAGE  DEVIATION  FROM
    eth0       192.0.2.254  118/120   2     0.41ms  1.39ms   0.09ms     192.0.2.7
    eth0       [fe80::254]  0/9       9     -       -        -          192.0.2.7
    eth1       192.0.2.254  118/120   2     0.41ms  1.39ms   0.09ms     192.0.2.7
    eth1       [fe80::254]  0/9       9     -       -        -          192.0.2.7
    eth2       192.0.2.254  118/120   2     0.41ms  1.39ms   0.09ms     192.0.2.7
    eth2       [fe80::254]  0/9       9     -       -        -          192.0.2.7
    [1]
    ");
    assert_snapshot!(lab.run("group show uplink").await, @"
    Group uplink is ok: its member can be used. Since 3h 2m.
    Its members are judged by their links alone; one that is repaired waits.

    INTERFACE  ACTIVE  LINK  PROBE     STATE  SINCE  WHY
    eth9       yes     up    disabled  ok     3h 2m  eth9 is up
    [0]
    ");
    assert_snapshot!(lab.run("group show net0 eth2 --no-legend").await, @"
    eth2  no  up  ok  standby  3h 2m  eth2 waits until another member cannot be used

    eth2  192.0.2.254  118/120  2  0.41ms  1.39ms  0.09ms  192.0.2.7
    eth2  [fe80::254]  0/9      9  -       -       -       192.0.2.7
    [1]
    ");
}

#[tokio::test]
async fn a_program_is_told_the_same() {
    let lab = Lab::with(groups()).await;
    let told = |text: String| {
        text.rsplit_once('[').map(|(json, _)| serde_json::from_str::<serde_json::Value>(json).unwrap()).unwrap()
    };
    assert_eq!(told(lab.run("group list --json").await)[1]["name"], "uplink");
    assert_eq!(told(lab.run("group show --json").await)[0]["members"][1]["state"], "failed");
    assert_eq!(told(lab.run("group show uplink --json").await)["preferred"], "eth9");
    assert_eq!(told(lab.run("group show net0 eth2 --json").await)["standby"], true);
    assert_eq!(told(lab.run("group offline net0 eth1 --json").await)["state"], "degraded");
    assert_eq!(told(lab.run("group online net0 eth1 --json").await)["changed"], false);
}

#[tokio::test]
async fn a_member_is_taken_offline_and_online() {
    let lab = Lab::with(groups()).await;
    assert_snapshot!(lab.run("group offline net0 eth1").await, @"
    eth1 is not used any more. net0 is degraded: 1 of its 3 members can be used: eth1 has no carrier.
    [0]
    ");
    assert_snapshot!(lab.run("group offline net0 eth2").await, @"
    eth2 was offline before: nothing has changed. net0 is degraded: 1 of its 3 members can be used: eth1 has no carrier.
    [0]
    ");
    assert_snapshot!(lab.run("group offline net0 eth0").await, @"
    error: eth0 is the last member of net0 that can be used, and without it the group fails: bring another one back first, or add --force
    [2]
    ");
    assert_eq!(lab.calls.take(), ["offline net0 eth1", "offline net0 eth2"]);
    let _ = lab.run("group offline net0 eth0 --force").await;
    assert_snapshot!(lab.run("group online net0 eth2").await, @"
    eth2 may be used again. net0 is ok: all of its 3 members can be used.
    [0]
    ");
    assert_snapshot!(lab.run("group online net0 eth0").await, @"
    eth0 was not offline: nothing has changed. net0 is ok: all of its 3 members can be used.
    [0]
    ");
    assert_eq!(lab.calls.take(), ["offline net0 eth0", "online net0 eth2", "online net0 eth0"]);
}

#[tokio::test]
async fn a_wrong_name_is_told_by_the_nearest() {
    let lab = Lab::with(groups()).await;
    assert_snapshot!(lab.run("group show nte0").await, @r#"
    error: there is no group "nte0": did you mean net0?
    [2]
    "#);
    assert_snapshot!(lab.run("group show database").await, @r#"
    error: there is no group "database": see vrrpadm group list
    [2]
    "#);
    assert_snapshot!(lab.run("group show net0 et1").await, @r#"
    error: "et1" is no member of net0: did you mean eth1?
    [2]
    "#);
    assert_snapshot!(lab.run("group offline net1 eth0").await, @r#"
    error: there is no group "net1": did you mean net0?
    [2]
    "#);
    assert_snapshot!(lab.run("group online net0 wlan0").await, @r#"
    error: "wlan0" is no member of net0: its members are eth0, eth1, eth2
    [2]
    "#);
    assert_snapshot!(Lab::with(Vec::new()).await.run("group show net0").await, @r#"
    error: there is no group "net0", nor any other: write [group.NAME], see vrrp.toml(5)
    [2]
    "#);
    assert_snapshot!(Host::new().run("group list"), @"
    error: there is no vrrpd below a --root: leave --root out, or name its bus with --bus
    [2]
    ");
}
