//! A host on which all is well, for tests that break one thing of it.

use std::collections::BTreeMap;
use std::time::Duration;

use vrrp::status::{Instance, Router, State, Unit as Protected};

use crate::doctor::facts::links::{Address, Link};
use crate::doctor::facts::process::Process;
use crate::doctor::facts::settings::{Settings, V4, V6};
use crate::doctor::facts::units::Units;
use crate::doctor::facts::{Facts, Subject};
use crate::doctor::{Finding, Severity};
use crate::systemd::Unit;

pub(super) fn address(link: &str, ip: &str, prefix: u8) -> Address {
    Address { link: link.to_owned(), ip: ip.parse().unwrap(), prefix }
}

pub(super) fn unit(after: &[&str]) -> Unit {
    Unit {
        after: after.iter().map(|&name| name.to_owned()).collect(),
        policy: Some(2),
        started: Some((1_000_000_000, 0)),
        ..Unit::active("")
    }
}

/// The instance `web` of both families on eth0, Backup, which protects nginx.service.
pub(super) fn facts() -> Facts {
    let router = |family: &str| Router { family: family.to_owned(), ..Router::default() };
    let instance = Instance {
        name: "web".to_owned(),
        state: State::Backup,
        since: 1,
        interface: "eth0".to_owned(),
        vrid: 51,
        version: 3,
        priority: 100,
        advert_interval: 1_000,
        mac: "interface".to_owned(),
        hold: "address".to_owned(),
        held: true,
        enabled: true,
        protects: vec![Protected { unit: "nginx.service".to_owned(), ..Protected::default() }],
        routers: vec![router("IPv4"), router("IPv6")],
        ..Instance::default()
    };
    let addresses = vec![("192.0.2.10".parse().unwrap(), 24), ("2001:db8::10".parse().unwrap(), 64)];
    let v4 = |arp_ignore, arp_announce| V4 { arp_ignore, arp_announce, ..V4::default() };
    let names = |names: [&str; 3]| names.map(str::to_owned);
    let known = [
        ("vrrp.service", unit(&[])),
        ("vrrp@web.service", unit(&["nginx.service"])),
        ("nginx.service", unit(&["vrrp.service"])),
    ];
    Facts {
        offline: None,
        subjects: vec![Subject { instance, addresses, ..Subject::default() }],
        mistakes: (0, 0),
        daemon: Ok(vrrp::status::Daemon::default()),
        groups: Vec::new(),
        links: Ok(BTreeMap::from([("eth0".to_owned(), Link { up: true, carrier: Some(true), ..Link::default() })])),
        ports: Ok(()),
        addresses: Ok(vec![
            address("lo", "127.0.0.1", 8),
            address("eth0", "192.0.2.1", 24),
            address("eth0", "2001:db8::1", 64),
            address("eth0", "fe80::1", 64),
        ]),
        settings: Ok(Settings {
            v4: names(["all", "eth0", "lo"]).into_iter().zip([v4(0, 0), v4(3, 2), v4(0, 0)]).collect(),
            v6: names(["all", "eth0", "lo"]).into_iter().map(|name| (name, V6::default())).collect(),
            nonlocal_bind: [false, false],
        }),
        lines: Vec::new(),
        filters: Vec::new(),
        speakers: Ok(Vec::new()),
        given: Vec::new(),
        lacking: Vec::new(),
        process: Ok(Process { pid: 7, capabilities: 1 << 12 | 1 << 13, policy: Some(2), ..Process::default() }),
        real_time: Ok(950_000),
        lateness: Ok(Duration::from_micros(60)),
        listeners: Ok(Vec::new()),
        units: Ok(Units {
            known: known.into_iter().map(|(name, unit)| (name.to_owned(), unit)).collect(),
            circles: Vec::new(),
        }),
        virtualization: Ok(None),
        now: 1_060_000_000,
        clocks: Ok((1_060_000_000, 60_000_000)),
        synchronized: Ok(true),
        heard: None,
        probed: None,
    }
}

/// How bad each finding is, and what it is.
pub(super) fn told(findings: &[Finding]) -> Vec<String> {
    let told = |finding: &Finding| {
        let severity = match finding.severity {
            Severity::Trouble => "trouble",
            Severity::Advice => "advice",
            Severity::NotLooked => "not looked",
            Severity::Ok => "ok",
        };
        format!("{severity}: {}", finding.finding)
    };
    findings.iter().map(told).collect()
}

#[test]
fn nothing_is_wrong_with_a_host_on_which_all_is_well() {
    for (look, judge) in super::ALL {
        assert_eq!(judge(&facts()), [], "{look}");
    }
}
