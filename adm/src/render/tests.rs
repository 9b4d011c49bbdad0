//! What people see at 80 columns, of made-up hosts.

use insta::assert_snapshot;
use jiff::tz::TimeZone;
use vrrp::status::{Auth, AuthRefusal, Counters, Daemon, Instance, Router, State, Status, Unit};

use super::details::everything;
use super::overview::overview;

const NOW: u64 = 1_700_000_000_000_000;

fn plain(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

fn shown(instances: Vec<Instance>) -> String {
    let daemon = Daemon { started: 1, ..Daemon::default() };
    plain(&overview(&Status { daemon, instances, ..Status::default() }, NOW, 80, true))
}

fn master() -> Instance {
    Instance {
        name: "inst1".to_owned(),
        state: State::Master,
        reason: "192.0.2.2 was silent for 3.609 s".to_owned(),
        since: NOW - 185_000_000,
        interface: "eth0".to_owned(),
        vrid: 51,
        version: 3,
        addresses: vec!["192.0.2.10/24".to_owned()],
        priority: 100,
        effective_priority: 100,
        preempt: true,
        advert_interval: 1000,
        mac: "interface".to_owned(),
        hold: "address".to_owned(),
        held: true,
        enabled: true,
        protects: vec![unit("http.service", "active")],
        routers: vec![router("IPv4", "192.0.2.1", "192.0.2.1")],
        ..Instance::default()
    }
}

fn backup() -> Instance {
    Instance {
        name: "inst2".to_owned(),
        state: State::Backup,
        reason: "192.0.2.2 is Master with priority 150".to_owned(),
        addresses: vec!["192.0.2.11/24".to_owned(), "2001:db8::11/64".to_owned()],
        effective_priority: 70,
        protects: vec![
            unit("db.service", "active"),
            Unit { effect: "-30".to_owned(), ..unit("cache.service", "failed") },
        ],
        routers: vec![router("IPv4", "192.0.2.1", "192.0.2.2"), router("IPv6", "fe80::1", "fe80::2")],
        ..master()
    }
}

fn barred() -> Instance {
    Instance {
        name: "inst3".to_owned(),
        barred: true,
        reason: "http.service is inactive".to_owned(),
        protects: vec![unit("http.service", "inactive")],
        ..backup()
    }
}

fn fault() -> Instance {
    Instance {
        name: "inst4".to_owned(),
        state: State::Fault,
        reason: "eth0 has no carrier".to_owned(),
        routers: Vec::new(),
        ..master()
    }
}

fn unit(name: &str, state: &str) -> Unit {
    Unit { unit: name.to_owned(), effect: "backup".to_owned(), active_state: state.to_owned() }
}

fn router(family: &str, primary: &str, master: &str) -> Router {
    Router {
        family: family.to_owned(),
        primary: Some(primary.to_owned()),
        master: Some(master.to_owned()),
        master_priority: Some(150),
        master_advert_interval: Some(1000),
        master_down_interval: 3609,
        filtered_by: None,
        conflict: None,
        timer: None,
        auth_refusals: Vec::new(),
        counters: Counters {
            advertisements_received: 12,
            discards: [("checksum-error".to_owned(), 2)].into(),
            ..Counters::default()
        },
    }
}

#[test]
fn hosts_that_are_well() {
    assert_snapshot!(shown(vec![master(), backup()]), @"
    All 2 instances are well: 1 Master, 1 Backup.

    NAME   STATE   SINCE  MASTER     PRIORITY   ADDRESSES        PROTECTS
    inst1  Master  3m 5s  this host  100        192.0.2.10/24    http.service
        why: 192.0.2.2 was silent for 3.609 s
    inst2  Backup  3m 5s  192.0.2.2  100 -> 70  192.0.2.11/24    db.service
                          fe80::2               2001:db8::11/64  cache.service
        why: 192.0.2.2 is Master with priority 150
    ");
    assert_snapshot!(shown(vec![master()]).lines().next().unwrap(), @"inst1 is Master: 192.0.2.2 was silent for 3.609 s");
    assert_snapshot!(shown(Vec::new()), @"No instance is configured: vrrpadm create NAME makes one.");
}

#[test]
fn a_wide_terminal_has_it_all_in_the_table() {
    let daemon = Daemon { started: 1, ..Daemon::default() };
    let status = Status { daemon, instances: vec![backup()], ..Status::default() };
    assert_snapshot!(plain(&overview(&status, NOW, 120, true)), @"
    inst2 is Backup: 192.0.2.2 is Master with priority 150

    NAME   STATE   SINCE  MASTER     PRIORITY   ADDRESSES        PROTECTS       WHY
    inst2  Backup  3m 5s  192.0.2.2  100 -> 70  192.0.2.11/24    db.service     192.0.2.2 is Master with priority 150
                          fe80::2               2001:db8::11/64  cache.service
    ");
}

#[test]
fn without_a_legend_there_are_rows_alone() {
    let daemon = Daemon { started: 1, ..Daemon::default() };
    let status = Status { daemon, instances: vec![master(), barred()], ..Status::default() };
    assert_snapshot!(plain(&overview(&status, NOW, 120, false)), @"
    inst1  Master  3m 5s  this host  100        192.0.2.10/24    http.service  192.0.2.2 was silent for 3.609 s
    inst3  Backup  3m 5s  192.0.2.2  100 -> 70  192.0.2.11/24    http.service  barred: http.service is inactive
                          fe80::2               2001:db8::11/64
    ");
    assert_eq!(overview(&Status { daemon: status.daemon, ..Status::default() }, NOW, 120, false), "");
}

#[test]
fn a_long_verdict_is_broken() {
    let reason = "192.0.2.2 is Master with priority 150 ".repeat(3).trim_end().to_owned();
    let text = shown(vec![Instance { reason, ..backup() }]);
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
}

#[test]
fn one_instance_that_is_not_well_is_the_verdict() {
    assert_snapshot!(shown(vec![master(), fault()]), @"
    inst4 is in Fault: eth0 has no carrier

    NAME   STATE   SINCE  MASTER     PRIORITY  ADDRESSES      PROTECTS
    inst1  Master  3m 5s  this host  100       192.0.2.10/24  http.service
        why: 192.0.2.2 was silent for 3.609 s
    inst4  Fault   3m 5s  -          100       192.0.2.10/24  http.service
        why: eth0 has no carrier
    ");
    assert_snapshot!(shown(vec![barred()]).lines().next().unwrap(), @"inst3 is Backup, barred: http.service is inactive");
    let unheld = Instance { held: false, ..master() };
    assert_snapshot!(shown(vec![unheld, backup()]).lines().next().unwrap(), @"inst1 is Master, but its addresses are not all held here");
}

#[test]
fn several_instances_that_are_not_well_are_counted() {
    let many = (0..5).map(|number| Instance { name: format!("f{number}"), ..fault() });
    let text = shown([master(), barred()].into_iter().chain(many).collect());
    assert_snapshot!(text.lines().next().unwrap(), @"6 of 7 instances are not well: inst3 barred, f0 in Fault, f1 in Fault, 3 more.");
}

#[test]
fn a_refused_configuration_and_blindness_come_first() {
    let problem = "/etc/vrrp/vrrp.toml:1:8: vrid = 0 is not a VRID: use 1 to 255\n    1 | vrid = 0\n      |        ^";
    let daemon = Daemon {
        started: 1,
        problems: vec![problem.to_owned()],
        units_unknown: Some("systemd is not on the bus".to_owned()),
        ..Daemon::default()
    };
    let status = Status { daemon, instances: vec![barred()], ..Status::default() };
    assert_snapshot!(plain(&overview(&status, NOW, 80, true)), @"
    The configuration has 1 problem and is not applied: vrrpd runs the last good one.
    /etc/vrrp/vrrp.toml:1:8: vrid = 0 is not a VRID: use 1 to 255
        1 | vrid = 0
          |        ^

    inst3 is Backup, barred: http.service is inactive
    Units cannot be watched: systemd is not on the bus

    NAME   STATE   SINCE  MASTER     PRIORITY   ADDRESSES        PROTECTS
    inst3  Backup  3m 5s  192.0.2.2  100 -> 70  192.0.2.11/24    http.service
                          fe80::2               2001:db8::11/64
        why: barred: http.service is inactive
    ");
}

#[test]
fn long_addresses_and_names_are_never_cut() {
    let long = Instance {
        name: "a-name-of-thirty-one-characters".to_owned(),
        addresses: vec!["2001:db8:1234:5678:9abc:def0:1234:5678/64".to_owned(), "192.0.2.111/24".to_owned()],
        protects: vec![unit("system-with-quite-a-long-name@and-a-long-instance.service", "active")],
        routers: vec![router("IPv6", "fe80::1", "fe80:1234:5678:9abc:def0:1234:5678:9abc")],
        ..backup()
    };
    let text = shown(vec![long]);
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    assert_snapshot!(text, @"
    a-name-of-thirty-one-characters is Backup: 192.0.2.2 is Master with priority 150

    NAME                             STATE   SINCE
    a-name-of-thirty-one-characters  Backup  3m 5s
        master: fe80:1234:5678:9abc:def0:1234:5678:9abc
        priority: 100 -> 70
        addresses: 2001:db8:1234:5678:9abc:def0:1234:5678/64, 192.0.2.111/24
        protects: system-with-quite-a-long-name@and-a-long-instance.service
        why: 192.0.2.2 is Master with priority 150
    ");
}

#[test]
fn the_member_of_a_group_that_carries_an_instance_is_shown() {
    let shown = |link: Option<&str>| {
        let (interface, link) = ("group:net0".to_owned(), link.map(str::to_owned));
        plain(&everything(&Instance { interface, link, ..backup() }, NOW, &TimeZone::UTC, 80))
    };
    assert!(shown(Some("eth1")).contains("Interface: group:net0, now eth1\n"));
    assert!(shown(None).contains("Interface: group:net0\n"));
}

#[test]
fn everything_about_an_instance() {
    assert_snapshot!(plain(&everything(&backup(), NOW, &TimeZone::UTC, 80)), @"
    inst2 is Backup: 192.0.2.2 is Master with priority 150

              State: Backup since 2023-11-14 22:10:15 UTC (3m 5s ago)
                Why: 192.0.2.2 is Master with priority 150
             Master: 192.0.2.2 with priority 150
                     fe80::2 with priority 150
           Priority: 100 -> 70
          Addresses: 192.0.2.11/24
                     2001:db8::11/64
               Held: yes, services can bind the addresses whoever is Master
           Protects: db.service is active
                     cache.service is failed, weight -30

          Interface: eth0
               VRID: 51
            Version: 3
         Advertises: every 1s
           Preempts: yes
                MAC: interface
               Hold: address
            Enabled: yes

               IPv4:
            Primary: 192.0.2.1
             Master: 192.0.2.2
       Its priority: 150
      It advertises: every 1s
         Down after: 3.609s without a word
            Counted: 12 advertisements received
                     2 discarded: checksum-error

               IPv6:
            Primary: fe80::1
             Master: fe80::2
       Its priority: 150
      It advertises: every 1s
         Down after: 3.609s without a word
            Counted: 12 advertisements received
                     2 discarded: checksum-error
    ");
}

#[test]
fn how_an_instance_authenticates_and_who_does_not() {
    let auth = Auth {
        kind: "hmac-sha256".to_owned(),
        mode: "permissive".to_owned(),
        keys: vec![1, 2],
        send: Some(2),
        window: Some(5000),
    };
    let refusal = AuthRefusal { source: "192.0.2.66".to_owned(), reason: "auth-failure".to_owned(), at: NOW };
    let router = Router { auth_refusals: vec![refusal], ..router("IPv4", "192.0.2.1", "192.0.2.2") };
    let instance = Instance { auth: Some(auth), routers: vec![router], ..backup() };
    let text = plain(&everything(&instance, NOW, &TimeZone::UTC, 80));
    let lines = text.lines().filter(|line| line.contains("uthenti") || line.contains("clocks"));
    assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @"
      Authenticates: hmac-sha256, permissive: sends with key 2, accepts 1 and 2,
                     clocks at most 5s apart
      Not authentic: 192.0.2.66: auth-failure
    ");
}

#[test]
fn a_backup_that_hears_nothing_because_of_a_filter_is_not_well() {
    let reason =
        "advertisements from 192.0.2.2 are being filtered by a firewall rule (nft list ruleset, iptables-save)";
    let mut filtered = Instance { reason: reason.to_owned(), ..backup() };
    filtered.routers[0].filtered_by = Some("firewall".to_owned());
    filtered.routers[0].counters.advertisements_filtered = 7;
    assert!(!super::phrase::is_well(&filtered) && super::phrase::is_well(&backup()));
    let text = plain(&everything(&filtered, NOW, &TimeZone::UTC, 80));
    assert!(
        text.contains("Filtered by: firewall\n") && text.contains("7 advertisements filtered on this host\n"),
        "{text}"
    );
}

#[test]
fn a_lease_that_is_longer_than_others_wait_says_why() {
    let told = |lease: u32, advert_interval: u32| {
        let instance = Instance { lease: Some(lease), advert_interval, ..backup() };
        let text = plain(&everything(&instance, NOW, &TimeZone::UTC, 200));
        text.lines().find_map(|line| Some(line.split_once("Lease: ")?.1.to_owned())).unwrap_or_default()
    };
    assert_snapshot!(told(3_000, 1_000), @"3s: a daemon that hangs loses the addresses about when others take them");
    assert_snapshot!(told(3_000, 700), @"3s: a daemon that hangs loses the addresses about when others take them");
    assert_snapshot!(told(2_000, 100), @"2s: longer than the 300ms that others wait, because the kernel counts whole seconds; a daemon that hangs has the addresses for so long");
    assert_snapshot!(told(60_000, 1_000), @"60s: longer than the 3s that others wait, because 200 addresses a second are renewed; a daemon that hangs has the addresses for so long");
}

mod watched;
mod why;
