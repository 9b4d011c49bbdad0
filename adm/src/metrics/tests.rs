//! What is written down of a made-up host that has one of everything.

use std::collections::BTreeMap;

use insta::assert_snapshot;
use vrrp::status::{
    Auth, AuthRefusal, Away, Condition, Conflict, Counters, Daemon, Group, GroupMember, GroupTarget, Heartbeat,
    HeartbeatPeer, Instance, Router, State, Status, SyncDaemon, Unit,
};

use super::{Format, written};

mod documents;
mod model;
mod open_metrics;

const START: u64 = 1_700_000_000_000_000;

fn host() -> Status {
    let discards = BTreeMap::from([("vrid-error".to_owned(), 4), ("ip-ttl-error".to_owned(), 1)]);
    let peer = HeartbeatPeer { address: "198.51.100.2".to_owned(), heard: START + 61_500_000, present: true };
    let heartbeat = Heartbeat {
        name: "back".to_owned(),
        interface: "eth1".to_owned(),
        trouble: Some("eth1 is down".to_owned()),
        peers: vec![peer],
        sent: 60,
        received: 61,
        send_errors: 2,
        discards: BTreeMap::from([("auth-failure".to_owned(), 5)]),
    };
    let daemon = Daemon {
        version: "0.1.0".to_owned(),
        started: START,
        problems: vec!["vrrp.toml:1:1: wrong".to_owned()],
        units_unknown: Some("the bus is away".to_owned()),
        fights: vec!["ip removes 192.0.2.10".to_owned()],
        discards,
        heartbeats: vec![heartbeat],
        ..Daemon::default()
    };
    Status { daemon, instances: vec![router_of_two_families(), owner()], groups: vec![uplinks()] }
}

fn uplinks() -> Group {
    let target = GroupTarget {
        address: "192.0.2.254".to_owned(),
        sent: 9,
        answered: 7,
        lost: 2,
        average: Some(1_500),
        ..GroupTarget::default()
    };
    let member = |interface: &str, state: &str, targets| GroupMember {
        interface: interface.to_owned(),
        state: state.to_owned(),
        active: state == "ok",
        targets,
        ..GroupMember::default()
    };
    let members = vec![member("eth1", "ok", vec![target]), member("eth2", "failed", Vec::new())];
    Group { name: "uplinks".to_owned(), state: "degraded".to_owned(), members, ..Group::default() }
}

fn router_of_two_families() -> Instance {
    let condition = |kind: &str, watches: &str, standing: &str| Condition {
        kind: kind.to_owned(),
        watches: watches.to_owned(),
        effect: "backup".to_owned(),
        standing: standing.to_owned(),
        ..Condition::default()
    };
    Instance {
        name: "inst1".to_owned(),
        state: State::Backup,
        barred: true,
        since: START + 30_250_000,
        away: Some(Away { until: None, forced: true }),
        draining: true,
        interface: "eth0".to_owned(),
        vrid: 51,
        version: 3,
        addresses: vec!["192.0.2.10/24".to_owned(), "fe80::10/64".to_owned(), "2001:db8::10/64".to_owned()],
        priority: 100,
        effective_priority: 70,
        preempt: true,
        advert_interval: 100,
        hold: "address".to_owned(),
        held: true,
        auth: Some(Auth::default()),
        router_lifetime: Some(1800),
        sync_daemon: Some(SyncDaemon {
            interface: "eth1".to_owned(),
            state: "none".to_owned(),
            trouble: Some("this kernel has no IPVS".to_owned()),
            ..SyncDaemon::default()
        }),
        enabled: true,
        protects: vec![Unit {
            unit: "http.service".to_owned(),
            effect: "backup".to_owned(),
            active_state: "reloading".to_owned(),
        }],
        // A file with a name that nobody would choose, and one that is watched twice.
        conditions: vec![
            condition("file", "/run/a \"b\" \\c", "good"),
            condition("file", "/run/twice", "bad"),
            condition("file", "/run/twice", "good"),
        ],
        routers: vec![router("IPv4", 1), router("IPv6", 2)],
        ..Instance::default()
    }
}

fn router(family: &str, discarded: u64) -> Router {
    Router {
        family: family.to_owned(),
        master: Some(if family == "IPv4" { "192.0.2.2" } else { "fe80::2" }.to_owned()),
        master_advert_interval: Some(200),
        master_down_interval: 745,
        auth_refusals: vec![AuthRefusal::default(); 3],
        filtered_by: Some("firewall".to_owned()),
        conflict: Some(Conflict::default()),
        counters: Counters {
            master_transitions: 1,
            advertisements_sent: 11,
            advertisements_received: 12,
            advertisements_filtered: 13,
            address_conflicts: 14,
            priority_zero_sent: 15,
            priority_zero_received: 16,
            announcements_sent: 17,
            router_advertisements_sent: 25,
            send_errors: 18,
            checksum_rfc5798: 19,
            checksum_rfc9568: 20,
            address_list_mismatches: 21,
            first_not_link_local: 22,
            authenticated: 23,
            unauthenticated: 24,
            discards: BTreeMap::from([("ip-ttl-error".to_owned(), discarded), ("checksum-error".to_owned(), 1)]),
        },
        ..Router::default()
    }
}

/// The owner of the addresses, by version 2.
fn owner() -> Instance {
    let counters = Counters {
        discards: BTreeMap::from([("interval-error".to_owned(), 7), ("address-list-error".to_owned(), 8)]),
        ..Counters::default()
    };
    Instance {
        name: "inst2".to_owned(),
        interface: "eth0".to_owned(),
        vrid: 52,
        version: 2,
        addresses: vec!["192.0.2.1/24".to_owned()],
        priority: 255,
        effective_priority: 255,
        advert_interval: 2000,
        hold: "none".to_owned(),
        routers: vec![Router { family: "IPv4".to_owned(), master_down_interval: 6003, counters, ..Router::default() }],
        ..Instance::default()
    }
}

#[test]
fn the_older_format_has_the_same_samples_and_types_of_its_own() {
    let [open_metrics, classic] =
        [Format::OpenMetrics, Format::Classic].map(|format| written(Some(host()), format).unwrap());
    let samples =
        |text: &str| text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(samples(&classic), samples(&open_metrics));
    let head = |text: &str| text.lines().skip(2).take(9).map(|line| format!("{line}\n")).collect::<String>();
    assert_snapshot!(head(&classic), @r#"
    vrrp_up 1
    # HELP vrrp_info The version of vrrpd
    # TYPE vrrp_info gauge
    vrrp_info{version="0.1.0"} 1
    # HELP vrrp_start_time_seconds When vrrpd started, since 1970 (RFC 8347 discontinuity-datetime)
    # TYPE vrrp_start_time_seconds gauge
    vrrp_start_time_seconds 1700000000.0
    # HELP vrrp_configuration_problems Problems of the configuration that vrrpd was last told to read; with any it was not applied
    # TYPE vrrp_configuration_problems gauge
    "#);
    assert!(open_metrics.ends_with("# EOF\n") && !classic.contains("# EOF") && !classic.contains("# UNIT"));
}

#[test]
fn a_daemon_that_cannot_be_asked_is_down_and_nothing_more() {
    assert_snapshot!(written(None, Format::OpenMetrics).unwrap(), @"
    # HELP vrrp_up Whether vrrpd runs and answers
    # TYPE vrrp_up gauge
    vrrp_up 0
    # EOF
    ");
}

/// Whoever reads metrics refuses all of them for two samples of the same labels.
#[test]
fn no_two_samples_are_the_same() {
    let text = written(Some(host()), Format::Classic).unwrap();
    let samples = text.lines().filter(|line| !line.starts_with('#'));
    let mut names: Vec<_> = samples.filter_map(|line| Some(line.rsplit_once(' ')?.0)).collect();
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all);
}

/// What a host of thousands of instances costs who scrapes it: docs/metrics.md tells it.
#[test]
fn an_instance_is_32_samples_and_three_kilobytes() {
    let usual = |number: u8| Instance {
        name: format!("inst{number:03}"),
        interface: "eth0".to_owned(),
        vrid: number,
        version: 3,
        hold: "address".to_owned(),
        conditions: vec![Condition {
            kind: "address".to_owned(),
            watches: "eth0 IPv4".to_owned(),
            effect: "fault".to_owned(),
            standing: "good".to_owned(),
            ..Condition::default()
        }],
        routers: vec![Router { family: "IPv4".to_owned(), ..Router::default() }],
        ..Instance::default()
    };
    let cost = |instances: u8| {
        let status = Status { instances: (1..=instances).map(usual).collect(), ..Status::default() };
        let text = written(Some(status), Format::OpenMetrics).unwrap();
        (text.lines().filter(|line| !line.starts_with('#')).count(), text.len())
    };
    let ((few, short), (many, long)) = (cost(100), cost(200));
    assert_eq!(many - few, 32 * 100);
    assert!(long - short < 3100 * 100, "{}", long - short);
}
