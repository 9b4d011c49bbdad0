//! Conditions, heartbeats and what IPVS does, in words.

use insta::assert_snapshot;
use jiff::tz::TimeZone;
use vrrp::status::{Condition, Daemon, Heartbeat, HeartbeatPeer, Instance, Status, SyncDaemon};

use super::super::details::details;
use super::super::overview::overview;
use super::super::why::Why;
use super::{NOW, barred, master, plain};

pub(super) fn condition(kind: &str, watches: &str, effect: &str, standing: &str, reason: &str) -> Condition {
    Condition {
        kind: kind.to_owned(),
        watches: watches.to_owned(),
        effect: effect.to_owned(),
        standing: standing.to_owned(),
        reason: reason.to_owned(),
        ..Condition::default()
    }
}

#[test]
fn conditions_say_how_they_stand_and_why() {
    let conditions = vec![
        condition("address", "eth0 IPv4", "fault", "good", "192.0.2.1 on eth0"),
        condition("unit", "http.service", "backup", "bad", "http.service is inactive"),
        condition("interface", "eth1", "-60", "good", "eth1 is up"),
        condition(
            "http",
            "http://192.0.2.10:80/health",
            "backup",
            "bad",
            "http://192.0.2.10:80/health answered 503, expected 200",
        ),
        condition("file", "/etc/vrrp/maintenance", "fault", "unknown", "/etc/vrrp cannot be read: Permission denied"),
    ];
    let instance = Instance { conditions, ..barred() };
    assert_snapshot!(plain(&details(&instance, NOW, &TimeZone::UTC, 80)), @"
    inst3 is Backup, barred: http.service is inactive

              State: Backup, barred since 2023-11-14 22:10:15 UTC (3m 5s ago)
                Why: http.service is inactive
             Master: 192.0.2.2 with priority 150
                     fe80::2 with priority 150
           Priority: 100 -> 70
          Addresses: 192.0.2.11/24
                     2001:db8::11/64
               Held: yes, services can bind the addresses whoever is Master
           Protects: http.service is inactive
         Conditions: interface eth1 is good, weight -60: eth1 is up
                     http http://192.0.2.10:80/health is bad, else backup:
                       http://192.0.2.10:80/health answered 503, expected 200
                     file /etc/vrrp/maintenance is unknown, else fault: /etc/vrrp
                       cannot be read: Permission denied
    ");
}

#[test]
fn heartbeats_say_who_is_heard() {
    let peer = |address: &str, seconds: u64, present| HeartbeatPeer {
        address: address.to_owned(),
        heard: NOW - seconds * 1_000_000,
        present,
    };
    let heartbeat = |name: &str, peers, trouble: Option<&str>| Heartbeat {
        name: name.to_owned(),
        interface: "eth2".to_owned(),
        peers,
        trouble: trouble.map(str::to_owned),
        ..Heartbeat::default()
    };
    let heartbeats = vec![
        heartbeat("direct", vec![peer("203.0.113.2", 1, true), peer("fe80::2:3:4", 75, false)], None),
        heartbeat("far", Vec::new(), None),
        heartbeat("old", vec![peer("203.0.113.2", 1, true)], Some("eth2 has no carrier")),
    ];
    let daemon = Daemon { started: 1, heartbeats, ..Daemon::default() };
    let status = Status { daemon, instances: vec![master()], ..Status::default() };
    assert_snapshot!(plain(&overview(&status, NOW, 60, true)), @"
    inst1 is Master: 192.0.2.2 was silent for 3.609 s

    NAME   STATE   SINCE  MASTER     PRIORITY  ADDRESSES
    inst1  Master  3m 5s  this host  100       192.0.2.10/24
        protects: http.service
        why: 192.0.2.2 was silent for 3.609 s

    Heartbeat direct on eth2: 203.0.113.2 is heard, fe80::2:3:4
      has been silent for 1m 15s.
    Heartbeat far on eth2: nobody has been heard.
    Heartbeat old cannot be sent: eth2 has no carrier.
    ");
}

fn synchronized(state: &str, trouble: Option<&str>) -> Instance {
    let daemon = SyncDaemon {
        interface: "eth1".to_owned(),
        id: 51,
        state: state.to_owned(),
        since: Some(NOW - 185_000_000),
        trouble: trouble.map(str::to_owned),
    };
    Instance { sync_daemon: Some(daemon), ..master() }
}

#[test]
fn the_sync_daemon_of_ipvs_says_what_it_does_or_why_it_does_not() {
    let told = |state, trouble| {
        let text = plain(&details(&synchronized(state, trouble), NOW, &TimeZone::UTC, 80));
        text.lines().skip_while(|line| !line.contains("IPVS")).map(|line| format!("{line}\n")).collect::<String>()
    };
    let module = "the kernel has no IPVS: load it with modprobe ip_vs, or leave [ipvs] out";
    assert_snapshot!(told("master", None), @"      IPVS sync: runs as master over eth1 (id 51) for 3m 5s");
    assert_snapshot!(told("none", Some(module)), @r"
          IPVS sync: does not run: the kernel has no IPVS: load it with modprobe
                     ip_vs, or leave [ipvs] out
    ");
    assert_snapshot!(told("backup", Some("eth1 does not exist")), @"      IPVS sync: runs as backup still: eth1 does not exist");
    assert_snapshot!(told("unknown", None), @"      IPVS sync: is being started over eth1 (id 51)");
    let why = |instance: &Instance| plain(&Why::of(instance, Vec::new(), NOW).text(instance, 80, NOW));
    assert_snapshot!(why(&synchronized("none", Some(module))), @"
    inst1 is Master: 192.0.2.2 was silent for 3.609 s

    May it take part? yes

    Can it send and hear? yes

    Who is Master? this host, for 3m 5s: 192.0.2.2 was silent for 3.609 s
        IPv4: advertises from 192.0.2.1, every 1s

    Are the connections of IPVS synchronized? no: its sync daemon does not run: the
        kernel has no IPVS: load it with modprobe ip_vs, or leave [ipvs] out

    What would change that:
        vrrpadm resign inst1, which hands it over
        a router that preempts with a priority above 100
    ");
}

#[test]
fn a_sync_daemon_that_does_not_run_is_in_the_overview() {
    let shown = |instance| {
        let daemon = Daemon { started: 1, ..Daemon::default() };
        plain(&overview(&Status { daemon, instances: vec![instance], ..Status::default() }, NOW, 80, true))
    };
    assert_snapshot!(shown(synchronized("none", Some("eth1 does not exist"))), @"
    inst1 is Master: 192.0.2.2 was silent for 3.609 s
    The sync daemon of IPVS for inst1 does not run: eth1 does not exist.

    NAME   STATE   SINCE  MASTER     PRIORITY  ADDRESSES      PROTECTS
    inst1  Master  3m 5s  this host  100       192.0.2.10/24  http.service
        why: 192.0.2.2 was silent for 3.609 s
    ");
    assert!(!shown(synchronized("master", None)).contains("IPVS"));
}
