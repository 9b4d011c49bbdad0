//! The doctor below a root, where only files can be looked at, and what it takes.

use insta::assert_snapshot;
use serde_json::Value;

use crate::run::Host;

const MAIN: &str = "etc/vrrp/vrrp.toml";
const INST1: &str = "[instance.inst1]\ninterface = \"eth0\"\nvrid = 51\naddresses = [\"192.0.2.10/24\"]\n";
const INSTALLED: [&str; 3] = [
    "usr/lib/systemd/system-generators/vrrp-generator",
    "usr/lib/systemd/system/vrrp@.service",
    "usr/share/dbus-1/system.d/org.vrrpd.Vrrp1.conf",
];

fn installed() -> Host {
    let host = Host::new();
    host.write(MAIN, INST1);
    for file in INSTALLED {
        host.write(file, "");
    }
    host
}

#[test]
fn below_a_root_the_files_are_looked_at_and_nothing_else_is_taken_to_be_well() {
    assert_snapshot!(installed().run("doctor"), @"
    not looked at: only files are looked at below a --root [daemon, units,
        ordering, listeners, link, addresses, firewall, reverse-path, arp, ipv6,
        nonlocal-bind, forwarding, snooping, other-programs, duplicates, privileges,
        scheduling, clock]

    Nothing is wrong with: configuration, installation, written-addresses,
    sysctl-files, virtual-mac.
    No trouble was found (18 not looked at).
    [0]
    ");
}

#[test]
fn each_file_that_works_against_it_is_named() {
    let host = installed();
    host.write(
        "etc/netplan/1.yaml",
        "network:\n  ethernets:\n    eth0:\n      addresses: [192.0.2.1/24, 192.0.2.10/24]\n",
    );
    host.write("etc/keepalived/keepalived.conf", "vrrp_instance a {\n  interface eth0\n  virtual_router_id 51\n  virtual_ipaddress {\n    192.0.2.99/24\n  }\n}\n");
    host.write("etc/sysctl.d/9.conf", "net.ipv4.conf.eth0.arp_ignore = 0\n");
    std::fs::remove_file(host.path(INSTALLED[0])).unwrap();
    assert_snapshot!(host.run("doctor"), @"
    trouble: /usr/lib/systemd/system-generators/vrrp-generator is missing or
        masked: nothing starts vrrp.service, no instance follows its unit
        [installation]
        -> install vrrpd again; then systemctl daemon-reload and systemctl reload
           dbus

    trouble: inst1: /etc/netplan/1.yaml:4 has netplan give 192.0.2.10 to a link:
        this host answers for it whoever is Master [written-addresses]
        -> take 192.0.2.10 out of /etc/netplan/1.yaml

    advice: inst1: /etc/sysctl.d/9.conf:1 (arp_ignore = 0 for eth0) lets the
        link answer ARP for held addresses; vrrpd sets it again at once while it
        runs [sysctl-files]
        -> take that line out of /etc/sysctl.d/9.conf, or write over it in
           /etc/sysctl.d

    advice: inst1: keepalived does not run now, but has VRID 51 on eth0, too, by
        /etc/keepalived/keepalived.conf: together they make two Masters
        [other-programs]
        -> systemctl mask keepalived.service, or take that out of its configuration

    not looked at: only files are looked at below a --root [daemon, units,
        ordering, listeners, link, addresses, firewall, reverse-path, arp, ipv6,
        nonlocal-bind, forwarding, snooping, other-programs, duplicates, privileges,
        scheduling, clock]

    Nothing is wrong with: configuration, virtual-mac.
    2 troubles were found (2 to think about, 18 not looked at).
    [1]
    ");
}

#[test]
fn programs_read_the_same_with_a_name_for_each_look() {
    let ended = installed().run("doctor --json");
    let report: Value = serde_json::from_str(&ended.out).unwrap();
    let findings = report["findings"].as_array().unwrap();
    for finding in findings {
        let keys: Vec<&str> = finding.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(keys, ["finding", "instances", "link", "look", "remedy", "severity"]);
    }
    let of = |look: &str| findings.iter().find(|finding| finding["look"] == look).unwrap()["severity"].clone();
    assert_eq!(
        (of("configuration"), of("written-addresses"), of("firewall")),
        ("ok".into(), "ok".into(), "not-looked".into())
    );
    assert_eq!(ended.code, 0);
}

#[test]
fn what_it_comes_to_can_be_left_out() {
    let ended = installed().run("doctor --no-legend");
    assert!(ended.out.starts_with("not looked at: ") && !ended.out.contains("No trouble was found"), "{ended}");
}

#[test]
fn a_wrong_name_and_a_wrong_configuration_are_told() {
    let host = installed();
    assert_snapshot!(host.run("doctor inst"), @r#"
    error: there is no instance "inst": did you mean inst1?
    [2]
    "#);
    host.write(MAIN, "[instance.inst1]\nvrid = 0\n");
    let ended = host.run("doctor");
    assert!(
        ended.out.contains("trouble: problems of the configuration: ") && ended.out.contains("-> vrrpadm check"),
        "{ended}"
    );
    assert_eq!(ended.code, 1);
}

#[test]
fn without_a_configuration_there_is_little_to_say() {
    let ended = Host::new().run("doctor --listen 1 --probe");
    assert_eq!(ended.code, 1, "nothing is installed there: {ended}");
    assert!(ended.out.lines().all(|line| line.chars().count() <= 80), "{ended}");
}

/// Whatever stands in a file of others, no terminal obeys it.
#[test]
fn control_characters_of_foreign_files_are_not_shown() {
    let host = installed();
    host.write("etc/network/interfaces.d/\u{1b}[31mred", "  address 192.0.2.10/24\n");
    let ended = host.run("doctor");
    assert!(ended.out.contains("interfaces.d/␛[31mred:1"), "{ended}");
    assert!(!ended.out.contains('\u{1b}'), "{ended}");
}
